"""Turn a generator's reply into a candidate, whatever its form."""

from typing import Any

from langgraph_nas.datasets import DatasetInfo
from langgraph_nas.programs import (
    SpecError,
    apply_edits,
    check_program,
    compile_spec,
    edit_schema,
    edit_texts,
    parse_spec,
    program_hash,
    spec_schema,
)
from langgraph_nas.programs.edits import EditFailed, apply_reply
from langgraph_nas.prompts import Echoes, find_program, read_json, strip_thoughts
from langgraph_nas.state import Candidate, Form, Source

COMPLETION_BLOCKS = 5
"""Most blocks, besides the head, of a network that a base model writes whole."""
_ECHO = "the reply repeats the example of the prompt"


def read_code_candidate(reply: str, echoes: Echoes) -> Candidate:
    """Return the program in a reply; without one, `code` is None and `problem` says why."""
    if echoes.are_blocks(reply):
        return _nothing("code", _ECHO)
    program = find_program(reply)
    if program is None:
        return _nothing("code", "the reply holds no program with a class Net")
    return code_candidate(program)


def code_candidate(program: str) -> Candidate:
    """Return a program that the generator wrote as a candidate."""
    return _candidate(program, "code", "llm")


def read_edit_candidate(reply: str, reference: str, echoes: Echoes) -> Candidate:
    """Return what the edits in a reply make of `reference`; a whole program is taken as one.

    Edits that can't be applied leave `code` None, and `problem` says why. Those that only repeat
    the example of the prompt are passed over.
    """
    reply = strip_thoughts(reply)
    if echoes.are_blocks(reply):
        return _nothing("edit", _ECHO)
    edited = apply_reply(reply, reference, echoes.examples)
    if isinstance(edited, EditFailed):
        return _nothing("edit", edited.reason)
    return _candidate(edited.program, "code" if edited.told == "program" else "edit", "llm")


def read_spec_candidate(
    reply: str,
    best_spec: list[str] | None,
    info: DatasetInfo,
    max_macs: int | None = None,
    *,
    echoes: Echoes,
) -> Candidate:
    """Return the network that a reply's blocks, or edits of the best network, compile to.

    Edits that stand in the example of the prompt are passed over.
    """
    try:
        found = read_json(reply)
        if echoes.are_object(found):
            return _nothing("spec", _ECHO)
        spec = _spec(found, best_spec, echoes)
        program = compile_spec(spec, info.shape, len(info.classes), max_macs)
    except SpecError as error:
        return _nothing("spec", str(error))
    except RecursionError:
        return _nothing("spec", "the reply is nested too deep")
    return _candidate(program, "spec", "llm", spec)


def proposal_schema(best_spec: list[str] | None, info: DatasetInfo) -> dict[str, Any]:
    """Return the JSON schema of a proposal: a whole network, or edits of the best one."""
    whole = spec_schema(info.shape)
    if best_spec is None:
        return whole
    return {"anyOf": [whole, edit_schema(best_spec, info.shape)]}


def completion_schema(
    best_spec: list[str] | None, info: DatasetInfo, tried: list[list[str]]
) -> dict[str, Any]:
    """Return the JSON schema for a base model: edits of `best_spec`, a whole network if None.

    Such a model goes on until it must stop, so its networks are bounded; and it likes to repeat
    itself, so edits that give a network tried before are left out.
    """
    if best_spec is not None:
        return edit_schema(best_spec, info.shape, tried=tried)
    schema = spec_schema(info.shape)
    schema["properties"]["layers"]["maxItems"] = COMPLETION_BLOCKS
    return schema


def sampled_candidate(spec: list[str], info: DatasetInfo, max_macs: int | None = None) -> Candidate:
    """Return the network of a spec that no LLM wrote.

    Raises:
        SpecError: It does not fit the images.
    """
    program = compile_spec(spec, info.shape, len(info.classes), max_macs)
    return _candidate(program, "spec", "sampler", spec)


def user_candidate(program: str) -> Candidate:
    """Return the user's own network as a candidate."""
    return _candidate(program, "code", "user")


def _spec(value: Any, best_spec: list[str] | None, echoes: Echoes) -> list[str]:
    if isinstance(value, dict) and "edits" in value:
        if best_spec is None:
            raise SpecError("the reply edits a network, but there is none yet")
        told = edit_texts(value["edits"])
        own = [edit for edit in told if not (isinstance(edit, str) and echoes.are_item(edit))]
        if not own:
            raise SpecError(_ECHO)
        return apply_edits(best_spec, own)
    return parse_spec(value)


def _candidate(
    program: str, form: Form, source: Source, spec: list[str] | None = None
) -> Candidate:
    problem = check_program(program)
    return Candidate(
        code=program,
        spec=spec,
        form=form,
        program_hash=None if problem else program_hash(program),
        problem=None,
        source=source,
    )


def _nothing(form: Form, problem: str) -> Candidate:
    return Candidate(
        code=None, spec=None, form=form, program_hash=None, problem=problem, source="llm"
    )
