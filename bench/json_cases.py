"""The cases of the JSON benchmark: the documents, and what is asked of them."""

import json
import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TWEETS = ROOT / "build/sources/simdjson/jsonexamples/twitter.json"


@dataclass(frozen=True)
class Documents:
    """`count` documents of one shape; no two are equal."""

    name: str
    count: int
    shape: str
    seed: int = 20240301

    @cached_property
    def texts(self):
        generator = random.Random(self.seed)
        return [getattr(self, "_" + self.shape)(generator, number) for number in range(self.count)]

    def _event(self, generator, number):
        word = lambda: generator.choice(WORDS)
        return compact({
            "id": number, "user": {"name": word(), "age": generator.randint(18, 90)}, "tags": [word(), word()],
            "score": round(generator.random() * 100, 2), "ok": generator.random() < 0.5, "note": None,
            "city": word() + str(generator.randint(0, 999)), "at": 1_700_000_000 + number,
        })

    def _spaced_event(self, generator, number):
        return json.dumps(json.loads(self._event(generator, number)))

    def _kilobyte(self, generator, number):
        record = json.loads(self._event(generator, number))
        record["items"] = [json.loads(self._event(generator, n)) for n in range(6)]
        return compact(record)

    def _tweet(self, generator, number, source=[]):
        if not source:
            source.extend(json.loads(TWEETS.read_text())["statuses"])
        tweet = dict(generator.choice(source))
        tweet["id"] = number
        tweet["id_str"] = str(number)
        words = tweet["text"].split()
        generator.shuffle(words)
        tweet["text"] = " ".join(words)
        return compact(tweet)

    def _escaped_tweet(self, generator, number):
        return json.dumps(json.loads(self._tweet(generator, number)))

    def _timeline(self, generator, number):
        tweets = [json.loads(self._tweet(generator, n)) for n in range(120)]
        return compact({"count": number, "search_metadata": {"query": "q" + str(number)}, "statuses": tweets})

    def _list(self, generator, number):
        return compact({"list": number, "rows": [json.loads(self._event(generator, n)) for n in range(600)]})

    def _tags(self, generator, number):
        return compact([generator.choice(WORDS), generator.choice(WORDS) + str(number)])

    def _json5(self, generator, number):
        return "{id:" + self._event(generator, number).removeprefix('{"id":')

    def _last_comma(self, generator, number):
        return self._kilobyte(generator, number).removesuffix("}") + ",}"

    def _json5_tweet(self, generator, number):
        return "{metadata:" + self._escaped_tweet(generator, number).removeprefix('{"metadata":')


WORDS = "Ada Grace Linus Ken Barbara Dennis Edsger Donald Radia Margaret Alan Frances Tim Guido Bjarne James".split()


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Case:
    """One query over all rows of one set of documents."""

    name: str
    documents: Documents
    built_in: str
    ours: str
    target: float = 1.0
    aim: float = None
    whole: bool = False
    """Compares whole queries, instead of what they take beyond reading the rows."""
    column: str = "doc"
    """What the column of documents is made of."""
    least: tuple = (3, 38)
    """The oldest SQLite that has the built-in side."""


def one_path(name, documents, path, target, aim=None, **more):
    return Case(name, documents, f"SELECT count(json_extract(doc,'{path}')) FROM t",
                f"SELECT count(fjson_extract(doc,'{path}')) FROM t", target, aim, **more)


EVENTS = Documents("events", 100_000, "event")
SPACED = Documents("events-spaced", 100_000, "spaced_event")
KILOBYTES = Documents("kilobytes", 50_000, "kilobyte")
TWEET_ROWS = Documents("tweets", 5_000, "tweet")
ESCAPED = Documents("tweets-escaped", 5_000, "escaped_tweet")
TIMELINES = Documents("timelines", 16, "timeline")
LISTS = Documents("lists", 60, "list")
TAGS = Documents("tags", 100_000, "tags")
JSON5 = Documents("events-json5", 50_000, "json5")
LAST_COMMAS = Documents("kilobytes-last-comma", 20_000, "last_comma")
JSON5_TWEETS = Documents("tweets-json5", 5_000, "json5_tweet")
MILLION = Documents("million-events", 1_000_000, "event")
MILLION_KILOBYTES = Documents("million-kilobytes", 1_000_000, "kilobyte")

FIVE_EVENT = ["$.id", "$.user.name", "$.tags[0]", "$.score", "$.city"]
FIVE_TWEET = ["$.id", "$.user.name", "$.user.screen_name", "$.text", "$.retweet_count"]


def five_calls(name, documents, paths, target):
    side = lambda function: "SELECT " + ",".join(f"count({function}(doc,'{path}'))" for path in paths) + " FROM t"
    return Case(name, documents, side("json_extract"), side("fjson_extract"), target)


def five_paths(name, documents, paths, target):
    side = lambda function: f"SELECT sum(length({function}(doc,{','.join(repr(path) for path in paths)}))) FROM t"
    return Case(name, documents, side("json_extract"), side("fjson_extract"), target)


def table(name, documents, query, target=3, aim=5):
    """A query on json_each or json_tree, written {each} and {tree}."""
    side = lambda prefix: query.format(each=f"{prefix}_each", tree=f"{prefix}_tree")
    return Case(name, documents, side("json"), side("fjson"), target, aim)


CASES = [
    one_path("one path, 135 B", EVENTS, "$.city", 2.5, 4),
    one_path("one path, 155 B with blanks", SPACED, "$.city", 2.5, 4),
    one_path("one path near the front, 135 B", EVENTS, "$.user.name", 2.5, 4),
    one_path("an array, 135 B", EVENTS, "$.tags", 2.5, 4),
    Case("->>, 135 B", EVENTS, "SELECT count(doc->>'city') FROM t", "SELECT count(fjson_value(doc,'city')) FROM t", 2.5, 4),
    Case("json_valid, 135 B", EVENTS, "SELECT sum(json_valid(doc)) FROM t", "SELECT sum(fjson_valid(doc)) FROM t"),
    Case("json_type, 135 B", EVENTS, "SELECT count(json_type(doc,'$.user')) FROM t",
         "SELECT count(fjson_type(doc,'$.user')) FROM t"),
    Case("json, 155 B with blanks", SPACED, "SELECT sum(length(json(doc))) FROM t", "SELECT sum(length(fjson(doc))) FROM t"),
    one_path("one path, 1 KB", KILOBYTES, "$.city", 6, 10),
    one_path("one path, tweets", TWEET_ROWS, "$.user.screen_name", 6, 10),
    one_path("one path, tweets in ASCII", ESCAPED, "$.user.screen_name", 6, 10),
    one_path("last path, tweets", TWEET_ROWS, "$.lang", 6, 10),
    one_path("a path that is not there, tweets", TWEET_ROWS, "$.user.nothing", 6, 10),
    one_path("one path near the front, 600 KB", TIMELINES, "$.search_metadata.query", 5),
    one_path("one path far inside, 600 KB", TIMELINES, "$.statuses[#-1].user.screen_name", 5),
    one_path("an element far inside, 80 KB", LISTS, "$.rows[500].city", 5),
    Case("json_array_length, 80 KB", LISTS, "SELECT sum(json_array_length(doc,'$.rows')) FROM t",
         "SELECT sum(fjson_array_length(doc,'$.rows')) FROM t"),
    Case("json, 600 KB", TIMELINES, "SELECT sum(length(json(doc))) FROM t", "SELECT sum(length(fjson(doc))) FROM t"),
    five_calls("five calls, 135 B", EVENTS, FIVE_EVENT, 4),
    five_calls("five calls, tweets", TWEET_ROWS, FIVE_TWEET, 4),
    five_paths("five paths in one call, 135 B", EVENTS, FIVE_EVENT, 4),
    five_paths("five paths in one call, tweets", TWEET_ROWS, FIVE_TWEET, 4),
    Case("jsonpath_query with a filter, 80 KB", LISTS,
         "SELECT sum((SELECT length(json_group_array(json_extract(e.value,'$.city')))"
         " FROM json_each(t.doc,'$.rows') e WHERE json_extract(e.value,'$.score') > 90)) FROM t",
         "SELECT sum(length(jsonpath_query(doc,'$.rows[?@.score > 90].city'))) FROM t", 5, 10),
    table("json_each, rows, 80 KB", LISTS, "SELECT count(*) FROM t, {each}(doc,'$.rows')"),
    table("json_each, values, 80 KB", LISTS, "SELECT sum(length(e.value)) FROM t, {each}(doc,'$.rows') e"),
    table("json_each, keys and ids, 80 KB", LISTS, "SELECT sum(e.key)+count(e.id) FROM t, {each}(doc,'$.rows') e"),
    table("json_each, rows, 20 B", TAGS, "SELECT count(*) FROM t, {each}(doc)", 1),
    table("json_each, a value exists, 20 B", TAGS,
          "SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM {each}(doc) WHERE value = 'Ada')", 1),
    table("json_tree, rows, 80 KB", LISTS, "SELECT count(*) FROM t, {tree}(doc)"),
    table("json_tree, atoms, 80 KB", LISTS, "SELECT count(e.atom) FROM t, {tree}(doc) e"),
    table("json_tree, a member everywhere, 80 KB", LISTS, "SELECT count(*) FROM t, {tree}(doc) e WHERE e.key='city'"),
    table("json_tree, full keys, 80 KB", LISTS, "SELECT sum(length(e.fullkey)) FROM t, {tree}(doc) e"),
    Case("fjson_rows with four columns, 80 KB", LISTS,
         "SELECT count(id)+count(city)+count(name)+count(tag) FROM (SELECT json_extract(e.value,'$.id') id,"
         " json_extract(e.value,'$.city') city, json_extract(e.value,'$.user.name') name, json_extract(e.value,'$.tags[0]') tag"
         " FROM t, json_each(doc,'$.rows') e)",
         "SELECT count(c1)+count(c2)+count(c3)+count(c4)"
         " FROM t, fjson_rows(doc,'$.rows[*]','$.id','$.city','$.user.name','$.tags[0]')"),
    one_path("one path of JSON5, 135 B", JSON5, "$.city", 1, least=(3, 42)),
    one_path("one path of JSON5, a comma at the end of 1 KB", LAST_COMMAS, "$.city", 1, least=(3, 42)),
    one_path("one path of JSON5, tweets in ASCII", JSON5_TWEETS, "$.user.screen_name", 1, least=(3, 42)),
    one_path("one path of JSONB, 110 B", EVENTS, "$.city", 1, column="jsonb(doc)", least=(3, 45)),
    one_path("one path of JSON text in a BLOB, 135 B", EVENTS, "$.city", 1, column="CAST(doc AS BLOB)"),
]

LONG_CASES = [
    Case("->> in WHERE, 1,000,000 rows of 135 B", MILLION, "SELECT count(*) FROM t WHERE doc->>'$.user.name' = 'Ada'",
         "SELECT count(*) FROM t WHERE fjson_value(doc,'$.user.name') = 'Ada'", 1.6, 2, whole=True),
    Case("an index on one path, 1,000,000 rows of 1 KB", MILLION_KILOBYTES, "CREATE INDEX i ON t(json_extract(doc,'$.city'))",
         "CREATE INDEX i ON t(fjson_extract(doc,'$.city'))", 2, whole=True),
]
