"""Answers a reviewer: where does this file come from, and does it still match?"""

import ast
import json
from difflib import get_close_matches
from pathlib import Path

from .config.base import suggest
from .config.load import load_project
from .errors import InputError
from .files import sha256
from .provenance import OUTSIDE, ROOT, modules_of, versions
from .release.manifest import read_manifest
from .workflow_run import folder_of, overrides_of


def audit(
    target: str, run: str | None = None, results: str | None = None, full: bool = False
) -> tuple[str, bool]:
    """Return (text, whether all files named in it match the manifest).

    `target` is a file of the results or the name of a rule. The text names rule and docstring,
    script, function, inputs back to the extracts, parameters, code hash, seed, versions,
    checksums and run time. Parameters of other outputs of the same job are left out unless
    `full`.
    """
    folder, name = _locate(target, run, results)
    manifest_path = folder / "manifest.json"
    if not manifest_path.exists():
        raise InputError(
            "the run has no manifest", file=manifest_path, remedy="run `make report` first"
        )
    manifest = read_manifest(manifest_path)
    outputs = manifest["outputs"]
    if name in outputs:
        return _audit_file(name, manifest, folder, full)
    rules = {entry["rule"] for entry in outputs.values()}
    known = {*rules, *map(_plain, rules)}
    if target in known:
        files = [p for p, e in outputs.items() if target in (e["rule"], _plain(e["rule"]))]
        return _audit_rule(target, files, manifest, folder)
    if Path(target).exists() or "/" in target:
        near = get_close_matches(name, outputs, n=1, cutoff=0.8)
        raise InputError(
            "the manifest does not list this file",
            file=target,
            expected="an output of a rule; logs, benchmarks, records and the manifest are none",
            remedy=f"did you mean {near[0]}?"
            if near
            else "make report lists it if a rule makes it",
        )
    raise InputError(f"unknown rule '{target}'{suggest(target, known)}")


def _plain(rule: str) -> str:
    """Return the rule's name without the trial and chapter that generated rules carry."""
    for stem in ("build_extracts", "make_exhibits"):
        if rule.startswith(stem):
            return stem
    return rule


def _locate(target: str, run: str | None, results: str | None) -> tuple[Path, str]:
    """Return the folder of the run and the target's name in the manifest."""
    path = Path(target).expanduser().resolve()
    for parent in path.parents:
        if (parent / "manifest.json").exists():
            return parent, f"results/{path.relative_to(parent.parent).as_posix()}"
    return folder_of(load_project(ROOT, overrides_of(run, results)).main), target


def _on_disk(name: str, folder: Path) -> Path:
    """Return the file that a name of the manifest stands for."""
    if name.startswith("results/"):
        return folder.parent / name.removeprefix("results/")
    return ROOT / name


def _state(name: str, wanted: str, folder: Path) -> tuple[str, bool]:
    path = _on_disk(name, folder)
    if name.startswith(f"{OUTSIDE}/"):
        return "outside the project, not checked", True
    if not path.exists():
        return "MISSING from disk", False
    matches = sha256(path) == wanted
    return ("matches the manifest", True) if matches else ("CHANGED since the manifest", False)


def _audit_file(name: str, manifest: dict, folder: Path, full: bool) -> tuple[str, bool]:
    entry = manifest["outputs"][name]
    state, matches = _state(name, entry["sha256"], folder)
    lines = [
        name,
        f"  on disk     {state}",
        f"  sha256      {entry['sha256']}",
        *_job_lines(entry, manifest, folder),
        "  comes from (each job once, nearest first)",
    ]
    tree, whole = _ancestry(name, manifest, folder)
    params = entry["params"] if full else _narrowed(entry["params"], Path(name).stem)
    lines += [*tree, "  parameters", *(f"    {line}" for line in _flat(params))]
    if not full:
        lines.append("    (those of this output; all of the job's with --full)")
    return "\n".join(lines), matches and whole


def _narrowed(params: dict, stem: str) -> dict:
    """Return parameters without labels and without the declarations of other exhibits."""
    config = params.get("config")
    if not isinstance(config, dict) or "chapter" not in config:
        return params
    exhibits = config["chapter"]["exhibits"]
    same_name = {name: spec for name, spec in exhibits.items() if name == stem}
    return {**params, "config": {"exhibits": same_name}} if same_name else params


def _audit_rule(rule: str, files: list[str], manifest: dict, folder: Path) -> tuple[str, bool]:
    lines = [f"rule {rule}: {len(files)} outputs"]
    lines += _job_lines(manifest["outputs"][files[0]], manifest, folder)
    lines += ["  outputs"]
    whole = True
    for name in files:
        state, matches = _state(name, manifest["outputs"][name]["sha256"], folder)
        whole &= matches
        lines.append(f"    {name}  {state}")
    return "\n".join(lines), whole


def _job_lines(entry: dict, manifest: dict, folder: Path) -> list[str]:
    script = ROOT / "workflow" / "scripts" / f"{_plain(entry['rule'])}.py"
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = _functions(tree)
    seconds = _seconds(entry, folder)
    lines = [
        f"  rule        {entry['rule']}{_wildcards(entry)}",
        f"              {_docstring(_plain(entry['rule'])) or ast.get_docstring(tree)}",
        f"  script      {script.relative_to(ROOT)}",
        f"  functions   {', '.join(imported)}",
        f"  code hash   {entry['code']} over {len(modules_of(script))} modules",
        f"  seed        {entry['seed']}",
        f"  run time    {seconds}",
        f"  log         {entry['log']}",
        "  versions    " + ", ".join(f"{k} {v}" for k, v in manifest["versions"].items()),
    ]
    if (now := versions()) != manifest["versions"]:
        changed = [k for k in now if now[k] != manifest["versions"].get(k)]
        lines.append(f"              differ from this environment: {', '.join(changed)}")
    return lines


def _wildcards(entry: dict) -> str:
    pairs = [f"{key} {value}" for key, value in entry["wildcards"].items()]
    return f" ({', '.join(pairs)})" if pairs else ""


def _functions(tree: ast.Module) -> list[str]:
    """Return the package functions that a script imports."""
    return [
        f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("ipseval")
        and node.module not in ("ipseval.job", "ipseval.files")
        for alias in node.names
        if alias.name[0].islower()
    ]


def _docstring(rule: str) -> str | None:
    """Return the docstring of a rule from the rules files."""
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines[:-1]):
            named = line.strip() == f"rule {rule}:"
            generated = line.strip() == "rule:" and any(
                rule in follower for follower in lines[number : number + 5]
            )
            if (named or generated) and '"""' in lines[number + 1]:
                return lines[number + 1].strip().strip('"')
    return None


def _seconds(entry: dict, folder: Path) -> str:
    path = _on_disk(entry["benchmark"], folder) if entry["benchmark"] else None
    if path is None or not path.exists():
        return "not recorded"
    header, values = (line.split("\t") for line in path.read_text().splitlines()[:2])
    return f"{dict(zip(header, values, strict=True))['s']} s"


def _flat(params: object, prefix: str = "", limit: int = 100) -> list[str]:
    """Return parameters as lines of dotted keys; long values are cut."""
    if isinstance(params, dict) and params:
        return [line for k, v in params.items() for line in _flat(v, f"{prefix}{k}.", limit)]
    text = json.dumps(params, ensure_ascii=False)
    return [f"{prefix[:-1]}: {text if len(text) <= limit else text[: limit - 3] + '...'}"]


def _ancestry(name: str, manifest: dict, folder: Path) -> tuple[list[str], bool]:
    """Return the jobs behind a file, nearest first, each with what it read; and whether all match.

    Sources from one folder that all match are counted, not listed.
    """
    lines, whole, waiting, seen = [], True, [name], set()
    while waiting:
        entry = manifest["outputs"].get(waiting.pop(0))
        job = (entry["rule"], str(entry["wildcards"])) if entry else None
        if entry is None or job in seen:
            continue
        seen.add(job)
        title = f"{entry['rule']}{_wildcards(entry)}"
        lines.append(f"    {title}: code {entry['code']}, {_seconds(entry, folder)}")
        sources: dict[str, list[str]] = {}
        for parent, checksum in entry["inputs"].items():
            state, matches = _state(parent, checksum, folder)
            maker = manifest["outputs"].get(parent)
            if maker is not None and maker["sha256"] != checksum:
                left = f"NOT what {maker['rule']} left when this job read it"
                state, matches = f"{left}; {_state(parent, maker['sha256'], folder)[0]}", False
            elif maker is None and parent.startswith(f"results/{manifest['run']}/"):
                state, matches = f"made by NO job of the manifest; {state}", False
            whole &= matches
            if parent in manifest["outputs"] or not matches:
                lines.append(f"      reads {parent}  {state}")
            else:
                sources.setdefault(str(Path(parent).parent), []).append(parent)
        for place, files in sources.items():
            what = files[0] if len(files) == 1 else f"{len(files)} files of {place}"
            lines.append(f"      reads {what}  (source, matches the manifest)")
        waiting += list(entry["inputs"])
    return lines, whole
