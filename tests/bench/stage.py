"""Stage: a system with a crowd of some shape, ready for one step after another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.crowd import Crowd
from tests.bench.pace import Pace
from tests.bench.shapes import Shape
from tests.bench.step import Step, closed_step, open_step
from tests.bench.systems.system import System


class Stage:
    """A step that went wrong leaves nothing behind: server and crowd are made anew."""

    def __init__(self, system: System, shape: Shape, pace: Pace, folder: Path) -> None:
        self.system = system
        self.shape = shape
        self.pace = pace
        self.steps: list[Step] = []
        self._folder = folder

    async def open(self, rate: float) -> Step:
        return await self._after(
            await open_step(self.crowd, rate, seconds=self.pace.seconds, warm_up=self.pace.warm_up)
        )

    async def closed(self) -> Step:
        return await self._after(await closed_step(self.crowd, seconds=self.pace.seconds, warm_up=self.pace.warm_up))

    async def _after(self, step: Step) -> Step:
        self.steps.append(step)
        if not (step.whole and self.crowd.settled):
            await self.leave()
            await self.enter()
        return step

    async def enter(self) -> None:
        self.system.start(self._folder)
        self.crowd = Crowd(self.system, self.shape)
        await self.crowd.connect()

    async def leave(self) -> None:
        await self.crowd.close()
        self.system.stop()


@asynccontextmanager
async def staged(system: System, shape: Shape, pace: Pace, folder: Path) -> AsyncIterator[Stage]:
    """The system must be prepared for the shape."""
    stage = Stage(system, shape, pace, folder)
    try:
        await stage.enter()
        yield stage
        await stage.crowd.close()
    finally:
        system.stop()
