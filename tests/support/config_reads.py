"""Which fields of the configuration's classes the program reads: types followed through the source by annotations.

An attribute counts for the class that it is read from, never for its name alone. What cannot be followed counts for
nothing, so that the fault is a key called unread, not one called read. Whole records (asdict, leaves) read nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Type = Any
"""A class is its name with its module, "novosky.config.schema.Config"; a collection is ("of", element, value or None)
or ("tuple", elements); a function ("call", its result); a class object ("class", name); the field of a class that a
loop over `fields(...)` is at ("field", name); one of several ("any", types). None: not known."""

COLLECTIONS = {"list", "tuple", "set", "frozenset", "Sequence", "Iterable", "Iterator", "Collection", "Generator"}
MAPPINGS = {"dict", "Mapping", "MutableMapping"}
SAME = {"replace", "copy", "deepcopy", "cast"}
ELEMENTS = {"sorted", "list", "tuple", "set", "reversed", "iter", "next"}


@dataclass
class Class:
    module: str
    fields: dict[str, ast.expr] = field(default_factory=dict)
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)
    bases: list[ast.expr] = field(default_factory=list)
    set_in_init: dict[str, Type] = field(default_factory=dict)


class Program:
    """Modules by name, parsed.

    reads: (class, field), of any class of the program; free: classes that are read by a name which is known only when
    the program runs; copies: class -> those that it was filled from, field by field (`Limits(**asdict(...))`).
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.trees = {name: ast.parse(text) for name, text in sources.items()}
        self.reads: set[tuple[str, str]] = set()
        self.free: set[str] = set()
        self.copies: dict[str, set[str]] = {}
        self.names: dict[str, dict[str, str]] = {}
        self.classes: dict[str, Class] = {}
        self.functions: dict[str, tuple[str, ast.FunctionDef]] = {}
        self.values: dict[str, tuple[str, ast.expr]] = {}
        for module, tree in self.trees.items():
            self._index(module, tree)

    def _index(self, module: str, tree: ast.Module) -> None:
        names = self.names[module] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names |= {alias.asname or alias.name: alias.name for alias in node.names}
        for node in tree.body:
            match node:
                case ast.FunctionDef(name=name):
                    self.functions[f"{module}.{name}"] = (module, node)
                case ast.ClassDef(name=name):
                    self.classes[f"{module}.{name}"] = self._class(module, node)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.values[f"{module}.{name}"] = (module, value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self.values[f"{module}.{name}"] = (module, value)
                case _:
                    continue
            names[name] = f"{module}.{name}"

    def _class(self, module: str, node: ast.ClassDef) -> Class:
        made = Class(module, bases=node.bases)
        for part in node.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                made.fields[part.target.id] = part.annotation
            elif isinstance(part, ast.FunctionDef):
                made.methods[part.name] = part
        return made

    def follow(self, modules: Iterable[str]) -> None:
        """Read the bodies of these modules."""
        for name, known in self.classes.items():
            if init := known.methods.get("__init__"):
                Body(self, known.module, {"self": name}).function(init, name)
        for module in modules:
            body = Body(self, module, {})
            for node in self.trees[module].body:
                if isinstance(node, ast.ClassDef):
                    for part in node.body:
                        if isinstance(part, ast.FunctionDef):
                            Body(self, module, {}).function(part, f"{module}.{node.name}")
                elif isinstance(node, ast.FunctionDef):
                    Body(self, module, {}).function(node, None)
                else:
                    body.statement(node)

    def has_read(self, owner: str, name: str) -> bool:
        """Whether that field is read, of the class itself or of one that it was copied into."""
        copied = (copy for copy, sources in self.copies.items() if owner in sources)
        return (owner, name) in self.reads or any((copy, name) in self.reads for copy in copied)

    def full_name(self, module: str, name: str) -> str:
        """Where a name of a module comes from, through names that are imported again."""
        found = self.names.get(module, {}).get(name, f"{module}.{name}")
        for _ in range(5):
            owner, _, last = found.rpartition(".")
            if found in self.classes or found in self.functions or last not in self.names.get(owner, {}):
                break
            found = self.names[owner][last]
        return found

    def of_annotation(self, module: str, node: ast.expr | None) -> Type:
        match node:
            case ast.Constant(value=str() as text):
                return self.of_annotation(module, ast.parse(text, mode="eval").body)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return any_of([self.of_annotation(module, left), self.of_annotation(module, right)])
            case ast.Name(id=name):
                full = self.full_name(module, name)
                return full if full in self.classes else self.of_alias(full)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                full = f"{self.full_name(module, owner)}.{name}"
                return full if full in self.classes else None
            case ast.Subscript(value=ast.Name(id=name), slice=inner):
                return self._of_generic(module, name, inner.elts if isinstance(inner, ast.Tuple) else [inner])
        return None

    def of_alias(self, full: str) -> Type:
        """What `Settings = PredictionConfig` stands for."""
        module, value = self.values.get(full, ("", None))
        return None if isinstance(value, ast.Constant) else self.of_annotation(module, value)

    def _of_generic(self, module: str, name: str, inner: list[ast.expr]) -> Type:
        parts = [self.of_annotation(module, part) for part in inner]
        if name in MAPPINGS:
            return ("of", parts[0], parts[1])
        if name == "tuple" and len(parts) > 1 and not isinstance(inner[1], ast.Constant):
            return ("tuple", tuple(parts))
        if name in COLLECTIONS:
            return ("of", parts[0], None)
        if name == "Callable":
            return ("call", parts[-1])
        if name == "type":
            return ("class", parts[0])
        return None

    def member(self, owner: str, name: str) -> Type:
        """Type of `instance.name`; the read is written down."""
        known = self.classes[owner]
        if name in known.fields:
            self.reads.add((owner, name))
            return self.of_annotation(known.module, known.fields[name])
        if name in known.set_in_init:
            return known.set_in_init[name]
        if method := known.methods.get(name):
            result = self.of_annotation(known.module, method.returns)
            plain = {getattr(mark, "id", getattr(mark, "attr", "")) for mark in method.decorator_list}
            return result if plain & {"property", "cached_property"} else ("call", result)
        for base in known.bases:
            above = self.of_annotation(known.module, base)
            if isinstance(above, str) and above in self.classes:
                return self.member(above, name)
        return None


class Body:
    """One scope: what its names are bound to."""

    def __init__(self, program: Program, module: str, bound: dict[str, Type]) -> None:
        self.program, self.module, self.bound = program, module, bound
        self.words: dict[str, list[str]] = {}  # names that stand for one of several texts
        self.owner: str | None = None

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str | None) -> None:
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self.bound[argument.arg] = self.program.of_annotation(self.module, argument.annotation)
        if arguments.vararg:
            inner = self.program.of_annotation(self.module, arguments.vararg.annotation)
            self.bound[arguments.vararg.arg] = ("of", inner, None)
        if owner and (arguments.posonlyargs + arguments.args):
            first = (arguments.posonlyargs + arguments.args)[0].arg
            self.bound[first] = ("class", owner) if first == "cls" else owner
        self.owner = owner if node.name == "__init__" else None
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.type_of(default)
        for part in node.body:
            self.statement(part)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.bound[node.name] = ("call", self.program.of_annotation(self.module, node.returns))
                inner = Body(self.program, self.module, dict(self.bound))
                inner.words = dict(self.words)
                inner.function(node, None)
            case ast.Assign(targets=targets, value=value):
                found = self.type_of(value)
                for target in targets:
                    self.bind(target, found)
                    if isinstance(target, ast.Name) and (texts := list(self.texts(value))):
                        self.words[target.id] = texts
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                found = self.type_of(value) if value is not None else None
                self.bind(target, self.program.of_annotation(self.module, annotation) or found)
            case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over):
                self.loop(target, over)
                self.rest(node, skip=("target", "iter"))
            case ast.With(items=items):
                for item in items:
                    found = self.type_of(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, element(found) or found)
                self.rest(node, skip=("items",))
            case ast.ClassDef():
                pass
            case _:
                self.rest(node)

    def rest(self, node: ast.AST, skip: tuple[str, ...] = ()) -> None:
        for name, value in ast.iter_fields(node):
            for part in value if isinstance(value, list) else [value]:
                if name in skip or not isinstance(part, ast.AST):
                    continue
                if isinstance(part, ast.stmt):
                    self.statement(part)
                elif isinstance(part, ast.expr):
                    self.type_of(part)
                else:
                    self.rest(part)

    def bind(self, target: ast.expr, found: Type) -> None:
        match target:
            case ast.Name(id=name):
                self.bound[name] = found
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                several = (
                    found[1] if isinstance(found, tuple) and found[0] == "tuple" else [element(found)] * len(parts)
                )
                for part, one in zip(parts, several, strict=False):
                    self.bind(part, one)
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if self.owner:
                self.program.classes[self.owner].set_in_init.setdefault(name, found)
            case ast.expr():
                self.type_of(target)

    def loop(self, target: ast.expr, over: ast.expr) -> None:
        found = self.type_of(over)
        texts = list(self.texts(over))
        if isinstance(target, ast.Name) and texts:
            self.words[target.id] = texts
        elif isinstance(target, ast.Name):
            self.words.pop(target.id, None)
        self.bind(target, element(found))

    def texts(self, node: ast.expr) -> Iterator[str]:  # noqa: C901, PLR0912 - one branch a form
        """The words in a display or a constant of the module."""
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) | ast.Dict(keys=parts):
                for part in parts:
                    if part is not None:
                        yield from self.texts(part)
            case ast.Starred(value=inner) | ast.BinOp(left=inner):
                yield from self.texts(inner)
                if isinstance(node, ast.BinOp):
                    yield from self.texts(node.right)
            case ast.IfExp(body=yes, orelse=no):
                yield from (*self.texts(yes), *self.texts(no))
            case ast.Subscript(value=ast.Name(id=name)):
                module, value = self.program.values.get(self.program.full_name(self.module, name), ("", node))
                if isinstance(value, ast.Dict):
                    yield from Body(self.program, module, {}).texts(ast.Tuple(elts=value.values))
            case ast.Attribute(value=ast.Name(id=name), attr="name") if name in self.words:
                yield from self.words[name]
            case ast.Name(id=name):
                if name in self.words:
                    yield from self.words[name]
                elif (full := self.program.full_name(self.module, name)) in self.program.values:
                    module, value = self.program.values[full]
                    yield from Body(self.program, module, {}).texts(value)

    def type_of(self, node: ast.expr) -> Type:  # noqa: C901, PLR0911, PLR0912 - one branch a form
        match node:
            case ast.Name(id=name):
                return self.bound[name] if name in self.bound else self.of_global(name)
            case ast.Attribute(value=value, attr=name):
                return self.of_attribute(value, name)
            case ast.Call():
                return self.of_call(node)
            case ast.NamedExpr(target=target, value=value):
                found = self.type_of(value)
                self.bind(target, found)
                return found
            case ast.IfExp(test=test, body=yes, orelse=no):
                self.type_of(test)
                return any_of([self.type_of(yes), self.type_of(no)])
            case ast.BoolOp(values=values):
                return any_of([self.type_of(value) for value in values])
            case ast.Subscript(value=value, slice=inner):
                found = self.type_of(value)
                self.type_of(inner)
                if isinstance(found, tuple) and found[0] == "of" and found[2] is not None:
                    return found[2]
                return element(found)
            case ast.List(elts=parts) | ast.Set(elts=parts):
                return ("of", any_of([self.type_of(part) for part in parts]), None)
            case ast.Tuple(elts=parts):
                return ("tuple", tuple(self.type_of(part) for part in parts))
            case ast.Dict(keys=keys, values=values):
                for key in keys:
                    if key is not None:
                        self.type_of(key)
                return ("of", None, any_of([self.type_of(value) for value in values]))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.of_comprehension(node)
            case ast.Lambda(body=body):
                return ("call", self.type_of(body))
            case ast.Starred(value=value) | ast.Await(value=value):
                return self.type_of(value)
        self.rest(node)
        return None

    def of_global(self, name: str) -> Type:
        full = self.program.full_name(self.module, name)
        if full in self.program.classes:
            return ("class", full)
        if full in self.program.functions:
            module, function = self.program.functions[full]
            return ("call", self.program.of_annotation(module, function.returns))
        if full in self.program.values:
            alias = self.program.of_alias(full)
            return ("class", alias) if isinstance(alias, str) else None
        return ("module", full) if full in self.program.trees else None

    def of_attribute(self, value: ast.expr, name: str) -> Type:
        return any_of([self.of_member(one, name) for one in each(self.type_of(value))])

    def of_member(self, found: Type, name: str) -> Type:
        if isinstance(found, str) and found in self.program.classes:
            return self.program.member(found, name)
        match found:
            case ("class", str() as owner) if owner in self.program.classes:
                method = self.program.classes[owner].methods.get(name)
                returns = method.returns if method else None
                return ("call", self.program.of_annotation(self.program.classes[owner].module, returns))
            case ("module", module):
                return Body(self.program, module, {}).of_global(name)
            case ("of", one, other) if name in ("values", "items", "get", "pop"):
                several = ("of", ("tuple", (one, other)), None) if name == "items" else ("of", other, None)
                return ("call", other if name in ("get", "pop") else several)
        return None

    def of_call(self, node: ast.Call) -> Type:  # noqa: PLR0911 - one branch a form
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        called = self.type_of(node.func)
        given = [self.type_of(argument) for argument in node.args]
        for keyword in node.keywords:
            self.type_of(keyword.value)
        if name == "getattr" and len(node.args) > 1:
            return self.of_getattr(given[0], node.args[1])
        if name == "fields" and given:
            return ("of", ("field", given[0][1] if isinstance(given[0], tuple) else given[0]), None)
        if isinstance(called, tuple) and called[0] == "class":
            self.note_copy(called[1], node.keywords)
        if name in SAME and given:
            return self.program.of_annotation(self.module, node.args[0]) if name == "cast" else given[0]
        if name == "partial" and given:
            return given[0]
        if name in ELEMENTS and given:
            return element(given[0]) if name == "next" else ("of", element(given[0]), None)
        if name == "zip":
            return ("of", ("tuple", tuple(element(one) for one in given)), None)
        if name == "enumerate" and given:
            return ("of", ("tuple", (None, element(given[0]))), None)
        match called:
            case ("call", result) | ("class", result):
                return result
        return None

    def of_getattr(self, found: Type, name: ast.expr) -> Type:
        """getattr(record, name), where the name is one of some known texts, a field's, or free."""
        owners = [one for one in each(found) if isinstance(one, str)]
        texts = list(self.texts(name))
        looped = (
            self.bound.get(name.value.id)
            if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name)
            else None
        )
        if not texts and not (isinstance(looped, tuple) and looped[0] == "field"):
            self.program.free.update(owners)
        return any_of([self.program.member(owner, text) for owner in owners for text in texts])

    def note_copy(self, made: Type, keywords: list[ast.keyword]) -> None:
        """X(**asdict(record)), and X(**{field.name: getattr(record, field.name) for field in fields(X)})."""
        for whole in (keyword.value for keyword in keywords if keyword.arg is None):
            match whole:
                case ast.Call(func=ast.Name(id="asdict") | ast.Attribute(attr="asdict"), args=[record]):
                    sources = each(self.type_of(record))
                case ast.DictComp(
                    value=ast.Call(func=ast.Name(id="getattr"), args=[record, ast.Attribute(attr="name")])
                ):
                    sources = each(self.type_of(record))
                case _:
                    continue
            self.program.copies.setdefault(made, set()).update(one for one in sources if isinstance(one, str))

    def of_comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Type:
        inner = Body(self.program, self.module, dict(self.bound))
        inner.words = dict(self.words)
        for part in node.generators:
            inner.loop(part.target, part.iter)
            for condition in part.ifs:
                inner.type_of(condition)
        if isinstance(node, ast.DictComp):
            return ("of", inner.type_of(node.key), inner.type_of(node.value))
        return ("of", inner.type_of(node.elt), None)


def each(found: Type) -> tuple[Type, ...]:
    """The types that it may be."""
    return found[1] if isinstance(found, tuple) and found[0] == "any" else (found,)


def any_of(found: Iterable[Type]) -> Type:
    """One of several; what is not known is left out."""
    several = list(dict.fromkeys(one for several in found for one in each(several) if one is not None))
    if len(several) < 2:
        return several[0] if several else None
    return ("any", tuple(several))


def element(found: Type) -> Type:
    """What a loop over it gives."""
    match found:
        case ("of", one, _):
            return one
        case ("tuple", several):
            return any_of(several)
        case ("any", several):
            return any_of(element(one) for one in several)
    return None
