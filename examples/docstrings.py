"""The documentation strings of Python's standard library, cut into passages.

It comes from three places, all of the Python that runs this: the sources of the library (read, not
imported), the modules written in C (imported and inspected), and the chapters of the language
reference that `help("topics")` shows.
"""

import ast
import importlib
import inspect
import pathlib
import re
import sys
import sysconfig
import types

# Not for users of the library: its own tests, an application, demos, and what is going away.
LEFT_OUT = {"test", "idlelib", "turtledemo", "lib2to3", "distutils", "pydoc_data", "__phello__"}
LEFT_OUT |= {"antigravity", "this", "msilib", "nturl2path", "ensurepip", "encodings"}
TEST_MODULE = re.compile(r"^(_test|_xx|xx)|test$")

PUBLIC_NAMES = {"posix": "os", "_thread": "threading", "_collections_abc": "collections.abc"}

MINIMUM_WORDS = 5
MAXIMUM_CHARACTERS = 800  # some 200 tokens, within the 256 that the model reads


def passages():
    """Return a list of (text, document) in an order that depends on the Python version alone.

    The first line of the text is the qualified name (of a chapter: its heading), the passage
    follows. The document is a dict, described in README.md. Passages whose words occurred before
    are left out, and so are those of fewer than five words.
    """
    documented = [*from_sources(), *from_extension_modules(), *from_topics()]
    documented = [entry for entry in documented if is_for_users(entry)]
    # Of two equal texts the first stays; ntpath repeats posixpath, and a module's sources come
    # before what was written in C for it.
    documented.sort(key=lambda entry: (entry["module"] == "ntpath", entry["module"]))
    result, seen_names, seen_bodies = [], set(), set()
    for entry in documented:
        name = (entry["module"], entry["name"])
        if name in seen_names:
            continue
        seen_names.add(name)
        bodies = split(inspect.cleandoc(entry["docstring"]))
        for part, body in enumerate(bodies, 1):
            words = re.findall(r"\w+", body.lower())
            if len(words) < MINIMUM_WORDS or tuple(words) in seen_bodies:
                continue
            seen_bodies.add(tuple(words))
            text = f"{title(entry)}\n{body}"
            result.append((text, document(entry, text, body, part, len(bodies))))
    return result


def is_for_users(entry):
    """Whether the entry says more than the language does: not __str__, nor anything private."""
    names = [*entry["module"].split("."), *entry["name"].split(".")]
    return not any(name.startswith("_") and name != "__init__" for name in names)


def title(entry):
    if entry["kind"] == "topic":
        return f"Python language: {entry['docstring'].splitlines()[0]}"
    if entry["module"] == "builtins" and entry["name"]:
        return entry["name"]  # str.strip, not builtins.str.strip
    return f"{entry['module']}.{entry['name']}" if entry["name"] else entry["module"]


def document(entry, text, body, part, parts):
    return {
        "module": entry["module"],
        "package": entry["module"].split(".")[0],
        "kind": entry["kind"],
        "name": entry["name"],
        "names": [*entry["module"].split("."), *filter(None, entry["name"].split("."))],
        "signature": entry["signature"],
        "parameters": entry["parameters"],
        "size": {
            "lines": body.count("\n") + 1,
            "words": len(body.split()),
            "characters": len(text),
        },
        "part": {"number": part, "of": parts},
        "compiled": entry["compiled"],
    }


def described(module, kind, name, docstring, signature=None, parameters=(), compiled=False):
    return {
        "module": module,
        "kind": kind,
        "name": name,
        "docstring": docstring,
        "signature": signature,
        "parameters": list(parameters),
        "compiled": compiled,
    }


# --- the library's sources ---------------------------------------------------------------------


def library_folder():
    return pathlib.Path(sysconfig.get_path("stdlib"))


def from_sources():
    root = library_folder()
    for path in sorted(root.rglob("*.py")):
        parts = list(path.relative_to(root).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if not parts or not all(part.isidentifier() for part in parts):
            continue  # site-packages, config-3.11-x86_64-linux-gnu
        if parts[0] in LEFT_OUT or any(part in ("test", "tests") for part in parts):
            continue
        if parts[0].startswith("_sysconfigdata"):
            continue  # the build's settings, different on each machine
        yield from from_node(ast.parse(path.read_bytes()), public_name(".".join(parts)), [])


def from_node(node, module, names):
    docstring = ast.get_docstring(node)
    kind = {ast.Module: "module", ast.ClassDef: "class"}.get(type(node), "function")
    signature, parameters = None, ()
    if kind == "function":
        shown = [name for name in argument_names(node.args) if name not in ("self", "cls")]
        signature, parameters = "(" + ", ".join(shown) + ")", [s.lstrip("*") for s in shown]
    if docstring:
        yield described(module, kind, ".".join(names), docstring, signature, parameters)
    for child in definitions(node.body) if kind != "function" else ():
        for entry in from_node(child, module, [*names, child.name]):
            if kind == "class" and entry["kind"] == "function":
                entry["kind"] = "method"
            yield entry


def definitions(body):
    """The classes and functions of a body, those inside if, try and with included."""
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from definitions(node.body)
            yield from definitions(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from definitions(handler.body)


def argument_names(arguments):
    names = [a.arg for a in arguments.posonlyargs + arguments.args]
    if arguments.vararg:
        names.append("*" + arguments.vararg.arg)
    names += [a.arg for a in arguments.kwonlyargs]
    if arguments.kwarg:
        names.append("**" + arguments.kwarg.arg)
    return names


# --- modules written in C ----------------------------------------------------------------------


def from_extension_modules():
    for name in extension_modules():
        module = importlib.import_module(name)
        public = public_name(name)
        if module.__doc__:
            yield described(public, "module", "", module.__doc__, compiled=True)
        for member, thing in sorted(vars(module).items()):
            if not getattr(thing, "__doc__", None):
                continue
            if isinstance(thing, types.BuiltinFunctionType):
                yield compiled_entry(where(public, member, thing), "function", member, thing)
            elif isinstance(thing, type):
                home = where(public, member, thing)
                yield compiled_entry(home, "class", member, thing)
                for method, attribute in sorted(vars(thing).items()):
                    if getattr(attribute, "__doc__", None):
                        kind = "method" if callable(attribute) else "attribute"
                        if isinstance(attribute, (classmethod, staticmethod)):
                            kind = "method"
                        yield compiled_entry(home, kind, f"{member}.{method}", attribute)


def extension_modules():
    names = {name for name in sys.builtin_module_names}
    compiled = (library_folder() / "lib-dynload").glob("*.so")
    names |= {path.name.split(".")[0] for path in compiled}
    names &= set(sys.stdlib_module_names)
    return sorted(n for n in names if n not in LEFT_OUT and not TEST_MODULE.search(n))


def public_name(name):
    """The module through which people use the module of this name: os for posix."""
    if name in PUBLIC_NAMES:
        return PUBLIC_NAMES[name]
    return name[1:] if name.startswith("_") and name[1:] in sys.stdlib_module_names else name


def where(module, member, thing):
    """The module that shows the thing to users: the one that has it under the same name."""
    for candidate in (module, thing.__module__ or module):
        try:
            if getattr(importlib.import_module(candidate), member, None) is thing:
                return candidate
        except ImportError:
            continue
    return module


def compiled_entry(module, kind, name, thing):
    try:
        signature = inspect.signature(thing)
        parameters = [p for p in signature.parameters if p not in ("self", "cls", "type")]
        shown = "(" + ", ".join(parameters) + ")"
    except (TypeError, ValueError):
        shown, parameters = None, ()
    return described(module, kind, name, thing.__doc__, shown, parameters, compiled=True)


# --- the language reference --------------------------------------------------------------------


def from_topics():
    topics = importlib.import_module("pydoc_data.topics").topics
    for name, text in sorted(topics.items()):
        yield described("pydoc_data.topics", "topic", name, text)


# --- cutting -----------------------------------------------------------------------------------


def split(docstring):
    """Cut at blank lines, then at line ends, into passages of at most MAXIMUM_CHARACTERS each.

    Neighbours are put together as long as they fit; a single line that is longer stays whole.
    """
    docstring = docstring.strip()
    if len(docstring) <= MAXIMUM_CHARACTERS:
        return [docstring]
    pieces = []
    for paragraph in re.split(r"\n\s*\n", docstring):
        pieces += joined(paragraph.splitlines(), "\n")
    return [piece.strip("\n") for piece in joined(pieces, "\n\n")]


def joined(pieces, separator):
    result = []
    for piece in pieces:
        if result and len(result[-1]) + len(separator) + len(piece) <= MAXIMUM_CHARACTERS:
            result[-1] += separator + piece
        else:
            result.append(piece)
    return result
