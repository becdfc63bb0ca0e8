"""Checkpoint savers on SQLite that keep the newest checkpoints of each thread only."""

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langgraph_nas.graph.pruning import (
    KEEP,
    NEWEST,
    Statement,
    copy_thread,
    delete_runs,
    delete_thread,
    prune_threads,
    pruning_script,
)
from langgraph_nas.graph.reading import readable, whole

Result = TypeVar("Result")


def strict_serde() -> JsonPlusSerializer:
    """Return a serialiser that loads plain values and LangGraph's own types, nothing else."""
    return JsonPlusSerializer(allowed_msgpack_modules=None)


class PruningSqliteSaver(SqliteSaver):
    """`SqliteSaver` that prunes in the statement that writes a checkpoint.

    Time travel reaches as far back as the checkpoints that are kept. The parent of the oldest of
    them is named in it, but gone: looked up, it is None.

    Args:
        conn: Made with `check_same_thread=False`.
        keep: Newest checkpoints that stay, for each thread and namespace.
        serde: Serialiser of the state; default: plain values only.
    """

    def __init__(
        self,
        conn: sqlite3.Connection,
        *,
        keep: int = KEEP,
        serde: SerializerProtocol | None = None,
    ) -> None:
        super().__init__(conn, serde=serde or strict_serde())
        self._script: str | None = pruning_script(keep)

    def setup(self) -> None:
        """Make the tables where missing, and let the connection prune. Called when needed."""
        super().setup()
        if self._script is not None:
            self.conn.executescript(self._script)
            self._script = None

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """Give a cursor; what fails is undone, where `SqliteSaver` would keep its first part."""
        with super().cursor(transaction) as cursor:
            try:
                yield cursor
            except BaseException:  # undone whatever it is; it goes on up
                self.conn.rollback()
                raise

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, else the one that was written last."""
        if get_checkpoint_id(config):
            return self._get_tuple(config)
        with self.cursor(transaction=False) as cursor:
            row = cursor.execute(NEWEST, _place(config)).fetchone()
        return self._get_tuple(_at(config, row[0])) if row else None

    def delete_thread(self, thread_id: str) -> None:
        """Delete all checkpoints and writes of a thread."""
        self._transact(delete_thread(thread_id))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete all checkpoints that these runs made, and their writes."""
        self._transact(delete_runs(run_ids))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all checkpoints and writes of a thread to another, up to `keep` per namespace."""
        self._transact(copy_thread(source_thread_id, target_thread_id))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep the newest checkpoint per namespace (`keep_latest`), or none (`delete`).

        Raises:
            ValueError: The strategy is another one.
        """
        self._transact(prune_threads(thread_ids, strategy))

    def _get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        with readable():
            return whole(super().get_tuple(config))

    def _transact(self, statements: Sequence[Statement]) -> None:
        """Run all statements or none."""
        with self.cursor(transaction=False) as cursor, self.conn:
            for sql, values in statements:
                cursor.execute(sql, values)


class _UndoingLock(asyncio.Lock):
    """The lock of a connection; where its holder fails, what it had not committed is undone."""

    def __init__(self, conn: aiosqlite.Connection) -> None:
        super().__init__()
        self._conn = conn

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is not None:
                await self._conn.rollback()
        finally:
            self.release()


class AsyncPruningSqliteSaver(AsyncSqliteSaver):
    """`AsyncSqliteSaver` that prunes in the statement that writes a checkpoint.

    As `PruningSqliteSaver`. A write that was begun is finished even if the task that waits for
    it is cancelled: otherwise its transaction would stay open and lock the file.

    Args:
        conn: Connection of aiosqlite.
        keep: Newest checkpoints that stay, for each thread and namespace.
        serde: Serialiser of the state; default: plain values only.
    """

    def __init__(
        self,
        conn: aiosqlite.Connection,
        *,
        keep: int = KEEP,
        serde: SerializerProtocol | None = None,
    ) -> None:
        super().__init__(conn, serde=serde or strict_serde())
        self.lock = _UndoingLock(conn)
        self._script: str | None = pruning_script(keep)
        self._writing: set[asyncio.Task[Any]] = set()

    async def setup(self) -> None:
        """Make the tables where missing, and let the connection prune. Called when needed."""
        await super().setup()
        if self._script is not None:
            async with self.lock:
                await self.conn.executescript(self._script or "")
                self._script = None

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, else the one that was written last."""
        if get_checkpoint_id(config):
            return await self._aget_tuple(config)
        await self.setup()
        async with self.lock, self.conn.execute(NEWEST, _place(config)) as cursor:
            row = await cursor.fetchone()
        return await self._aget_tuple(_at(config, row[0])) if row else None

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint."""
        return await self._finish(super().aput(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store what a task wrote since a checkpoint."""
        await self._finish(super().aput_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete all checkpoints and writes of a thread."""
        await self._transact(delete_thread(thread_id))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete all checkpoints that these runs made, and their writes."""
        await self._transact(delete_runs(run_ids))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all checkpoints and writes of a thread to another, up to `keep` per namespace."""
        await self._transact(copy_thread(source_thread_id, target_thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep the newest checkpoint per namespace (`keep_latest`), or none (`delete`).

        Raises:
            ValueError: The strategy is another one.
        """
        await self._transact(prune_threads(thread_ids, strategy))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Do `adelete_for_runs` from another thread than the event loop's."""
        self._wait(self.adelete_for_runs(run_ids))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Do `acopy_thread` from another thread than the event loop's."""
        self._wait(self.acopy_thread(source_thread_id, target_thread_id))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Do `aprune` from another thread than the event loop's."""
        self._wait(self.aprune(thread_ids, strategy=strategy))

    async def flush(self) -> None:
        """Wait for the writes of tasks that were cancelled; do it before the file is closed."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        with readable():
            return whole(await super().aget_tuple(config))

    async def _transact(self, statements: Sequence[Statement]) -> None:
        await self.setup()
        await self._finish(self._run_all(statements))

    async def _finish(self, write: Coroutine[Any, Any, Result]) -> Result:
        """Return what `write` returns; it is not cancelled with the task that waits for it."""
        task = asyncio.ensure_future(write)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def _run_all(self, statements: Sequence[Statement]) -> None:
        """Run all statements or none."""
        async with self.lock:
            for sql, values in statements:
                await self.conn.execute(sql, values)
            await self.conn.commit()

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what `work` returns; in the event loop's own thread that would be for ever."""
        try:
            if asyncio.get_running_loop() is self.loop:
                work.close()
                raise asyncio.InvalidStateError("in the event loop, await the async form instead")
        except RuntimeError:  # no loop runs in this thread
            pass
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


def _place(config: RunnableConfig) -> tuple[str, str]:
    where = config["configurable"]
    return str(where["thread_id"]), where.get("checkpoint_ns", "")


def _at(config: RunnableConfig, checkpoint_id: str) -> RunnableConfig:
    thread_id, namespace = _place(config)
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": namespace,
            "checkpoint_id": checkpoint_id,
        }
    }
