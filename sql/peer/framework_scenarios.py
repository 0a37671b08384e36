"""What programs do with the vector stores of frameworks, on one vec0 module; prints what they answered as JSON.

usage: framework_scenarios.py MODULE

The frameworks are as they come from PyPI, and so is the package sqlite-vec, through which they load the extension:
only the file that its loadable_path() names is MODULE.
"""

import hashlib
import json
import random
import sys
import tempfile
import warnings
from pathlib import Path

import sqlite_vec
from langchain_core.embeddings import Embeddings

warnings.simplefilter("ignore")  # langchain-community says that it is no longer maintained
from langchain_community.vectorstores import SQLiteVec  # noqa: E402
from langgraph.store.sqlite import SqliteStore  # noqa: E402
from sqlite_vec_client import SQLiteVecClient  # noqa: E402

WORDS = "river stone cloud harbour engine letter garden winter copper window lantern bridge orchard signal".split()
DIMENSIONS = 64


class WordEmbeddings(Embeddings):
    """The sum of one fixed random vector for each word: texts that share words are near to one another."""

    def embed_query(self, text):
        vector = [0.0] * DIMENSIONS
        for word in text.split():
            source = random.Random(hashlib.sha256(word.encode()).digest())
            vector = [old + source.gauss(0, 1) for old in vector]
        return vector

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]


def texts(count, seed):
    source = random.Random(seed)
    return [f"{' '.join(source.sample(WORDS, 4))} {number}" for number in range(count)]


def found(pairs):
    return [[document.page_content, document.metadata, score] for document, score in pairs]


def langchain(folder):
    """langchain-community: SQLiteVec, in a file that is closed and opened again."""
    file, embeddings = str(folder / "langchain.db"), WordEmbeddings()
    first = texts(50, seed=1)
    store = SQLiteVec.from_texts(first, embeddings, [{"number": i} for i in range(50)], table="notes", db_file=file)
    answers = [found(store.similarity_search_with_score(text, k=3)) for text in first[:5]]
    answers.append(store.add_texts(texts(30, seed=2), [{"number": 50 + i} for i in range(30)]))
    store._connection.close()
    again = SQLiteVec("notes", None, embeddings, db_file=file)
    for text in ("river stone", "winter lantern bridge", "signal"):
        answers.append(found(again.similarity_search_with_score(text, k=10)))
        answers.append([d.page_content for d in again.similarity_search(text, k=4)])
        answers.append([d.page_content for d in again.similarity_search_by_vector(embeddings.embed_query(text), k=4)])
        answers.append([d.page_content for d in again.as_retriever(search_kwargs={"k": 5}).invoke(text)])
    return answers


def langgraph(folder):
    """langgraph: SqliteStore with an index, under every metric it knows."""
    answers = []
    for metric in ("cosine", "l2", "inner_product"):
        index = {"dims": DIMENSIONS, "embed": WordEmbeddings(), "fields": ["text"], "distance_type": metric}
        with SqliteStore.from_conn_string(str(folder / f"langgraph-{metric}.db"), index=index) as store:
            store.setup()
            for number, text in enumerate(texts(40, seed=3)):
                store.put(("docs", f"user{number % 2}"), f"key{number}", {"text": text, "even": number % 2 == 0})
            store.put(("docs", "user0"), "key0", {"text": "river river river", "even": True})
            store.delete(("docs", "user1"), "key1")
            for query in ("river stone", "garden copper", "orchard"):
                for filters in (None, {"even": True}):
                    items = store.search(("docs",), query=query, filter=filters, limit=6, offset=1)
                    answers.append([[item.key, item.value["text"], item.score] for item in items])
    return answers


def sqlite_vec_client(folder):
    """sqlite-vec-client: a table that triggers keep in step, every metric."""
    answers, embeddings = [], WordEmbeddings()
    for metric in ("cosine", "L2", "L1"):
        with SQLiteVecClient("notes", str(folder / f"client-{metric}.db")) as client:
            client.create_table(DIMENSIONS, metric, unique_text=True)
            first = texts(40, seed=4)
            answers.append(client.add(first, embeddings.embed_documents(first)))
            client.add(first[:3], embeddings.embed_documents(texts(3, seed=5)), on_conflict="replace")
            client.delete(5)
            answers.append(client.count())
            for query in ("river stone", "garden copper"):
                near = client.similarity_search(embeddings.embed_query(query), top_k=7)
                answers.append([[rowid, text, distance] for rowid, text, distance in near])
    return answers


def main():
    module = Path(sys.argv[1]).resolve().with_suffix("")
    sqlite_vec.loadable_path = lambda: str(module)
    answers = {}
    for scenario in (langchain, langgraph, sqlite_vec_client):
        with tempfile.TemporaryDirectory() as folder:
            answers[scenario.__name__] = scenario(Path(folder))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
