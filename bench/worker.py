"""One process with one contender: does what `queries.py` asks for, one JSON line at a time.

usage: worker.py CONTENDER CASE DATABASE
"""

import json
import sys
import time

from cases import CASES
from contenders import CONTENDERS


def timed(work):
    started, worked = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - started, time.process_time() - worked, answer


def main():
    name, case_name, path = sys.argv[1:]
    contender = CONTENDERS[name](path)
    case = next(case for case in CASES if case.name == case_name)
    questions = case.questions
    for line in sys.stdin:
        request = json.loads(line)
        command = request["command"]
        if command == "create":
            contender.create(case)
            answer = {}
        elif command == "insert":  # rows first to last in one transaction
            answer = {"seconds": timed(lambda: contender.insert(case, request["first"], request["last"]))[0]}
            contender.checkpoint()
        elif command == "ask":  # every question once
            answers = [timed(lambda question=question: contender.ask(case, question, request["k"])) for question in questions[: request.get("questions")]]
            answer = dict(zip(["seconds", "worked", "answers"], zip(*answers)))
        elif command == "prepare":
            answer = {"seconds": timed(lambda: contender.prepare(case))[0]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
