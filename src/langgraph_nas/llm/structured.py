"""A chat model that holds its replies to a schema, and gives them back as objects of it."""

from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass


def structured(
    model: BaseChatModel, schema: dict[str, Any] | type, *, include_raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """Return a runnable that answers with objects of a schema.

    Args:
        model: Takes a JSON schema as the keyword `format`.
        schema: A pydantic class, whose objects come back; a TypedDict or a JSON schema for dicts.
        include_raw: Return a dict of `raw`, `parsed` and `parsing_error`, and raise nothing.
    """
    asked = convert_to_json_schema(schema)
    about = {"kwargs": {"method": "json_schema"}, "schema": asked}
    bound = model.bind(format=closed(asked), ls_structured_output_format=about)
    parser: JsonOutputParser = JsonOutputParser()
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        parser = PydanticOutputParser(pydantic_object=schema)
    if not include_raw:
        return bound | parser
    parsed = RunnablePassthrough.assign(
        parsed=RunnableLambda(lambda found: found["raw"]) | parser,
        parsing_error=lambda _: None,
    )
    unread = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap({"raw": bound}) | parsed.with_fallbacks(
        [unread], exception_key="parsing_error"
    )


def closed(schema: Any) -> Any:
    """Return a JSON schema whose objects have no properties but those that it names.

    JSON schema allows any others where nothing is said of them, and so does the grammar.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if inner.get("type") == "object" and isinstance(inner.get("properties"), dict):
        inner.setdefault("additionalProperties", False)
    return inner
