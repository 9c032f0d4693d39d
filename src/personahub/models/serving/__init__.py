"""Any model behind an HTTP endpoint in the OpenAI format, on this machine only, well behaved or badly."""

from personahub.models.serving.manners import Manners
from personahub.models.serving.running import serve, start
from personahub.models.serving.server import Server
from personahub.models.serving.wire import LARGEST_REQUEST

__all__ = ["LARGEST_REQUEST", "Manners", "Server", "serve", "start"]
