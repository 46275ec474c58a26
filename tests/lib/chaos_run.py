"""An experiment in a process of its own: who mounts small disks must not have begun a thread that does not see them."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from chaos.report import Summary
from chaos.run import Options, experiment
from tests.lib.servers import temporary_folder


async def run_chaos(options: Options) -> Summary:
    async with temporary_folder() as folder:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
            return await asyncio.get_running_loop().run_in_executor(own, _storm, options, folder)


def _storm(options: Options, folder: Path) -> Summary:
    return asyncio.run(experiment(options, folder, print))
