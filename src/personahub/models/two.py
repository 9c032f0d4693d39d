"""Two models that are asked by one run."""

from personahub.models.base import Completion, Model, Prompt, Wrapper


class Two(Wrapper):
    """The first of them to whoever asks; whoever stops or closes it stops or closes both."""

    def __init__(self, first: Model, second: Model) -> None:
        super().__init__(first)
        self.first, self.second = first, second

    async def complete(self, prompt: Prompt) -> Completion:
        return await self.first.complete(prompt)

    def stop(self) -> None:
        self.first.stop()
        self.second.stop()

    async def close(self) -> None:
        await self.first.close()
        await self.second.close()
