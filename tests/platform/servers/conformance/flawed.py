"""Servers that break one rule each."""

import asyncio
import struct

from tests.platform.servers.conformance.honest import LARGEST, Broken, Honest
from tests.platform.servers.conformance.octets import BINARY, CLOSE, PONG, TEXT, frame


class MasksItsFrames(Honest):
    def send(self, opcode, payload):
        self._writer.write(frame(opcode, payload))


class LeavesWithoutAWord(Honest):
    def answer_close(self, payload):
        pass

    def fail(self, code):
        pass


class AnswersEveryCloseWith1001(Honest):
    def answer_close(self, payload):
        self.send(CLOSE, struct.pack("!H", 1001))


class FailsWith1011(Honest):
    def fail(self, code):
        super().fail(1011)


class AcceptsReservedBits(Honest):
    def check_reserved_bits(self, bits):
        pass


class IgnoresReservedOpcodes(Honest):
    def check_opcode(self, opcode):
        pass

    def check_order(self, opcode):
        if opcode <= BINARY:
            super().check_order(opcode)

    def take_data(self, opcode, is_last, payload):
        if opcode <= BINARY:
            super().take_data(opcode, is_last, payload)


class AcceptsAnyControlFrame(Honest):
    def check_control_frame(self, is_last, length):
        pass

    def answer_ping(self, payload):
        super().answer_ping(payload[:125])


class TakesAnythingForText(Honest):
    def check_text(self, payload, is_last):
        pass


class ChecksTextAtTheEnd(Honest):
    def check_text(self, payload, is_last):
        if is_last:
            super().check_text(self._message or payload, True)


class TakesAnyClose(Honest):
    def check_close(self, payload):
        pass


class SendsBinaryForText(Honest):
    def echo(self, kind, message):
        self.send(BINARY, message)


class SendsTextForBinary(Honest):
    def echo(self, kind, message):
        self.send(TEXT, message)


class IgnoresPings(Honest):
    def answer_ping(self, payload):
        pass


class PongsWithoutPayload(Honest):
    def answer_ping(self, payload):
        self.send(PONG, b"")


class AnswersPongs(Honest):
    def take_pong(self, payload):
        self.send(PONG, payload)


class TakesLessThanItShould(Honest):
    def check_size(self, length):
        if length >= LARGEST:
            raise Broken(1009)


class TakesMoreThanItShould(Honest):
    def check_size(self, length):
        pass


class CutsLongMessages(Honest):
    """To what the short form of a length allows."""

    def echo(self, kind, message):
        self.send(kind, message[:125])


class LosesEmptyMessages(Honest):
    def echo(self, kind, message):
        if message:
            super().echo(kind, message)


class TakesFramesInAnyOrder(Honest):
    """A continuation of nothing begins a text message, and a text within a message continues it."""

    def check_order(self, opcode):
        pass

    def take_data(self, opcode, is_last, payload):
        super().take_data(opcode or TEXT, is_last, payload)


class KeepsTheLastFragmentOnly(Honest):
    def take_data(self, opcode, is_last, payload):
        self._message = b""
        super().take_data(opcode, is_last, payload)


class HoldsPongsBack(Honest):
    """Until the message is complete that the ping came within."""

    def __init__(self, *streams):
        super().__init__(*streams)
        self._held = []

    def answer_ping(self, payload):
        self._held.append(payload)
        if not self._kind:
            self._let_go()

    def echo(self, kind, message):
        super().echo(kind, message)
        self._let_go()

    def _let_go(self):
        while self._held:
            super().answer_ping(self._held.pop(0))


class HearsWhatFollowsAClose(Honest):
    def take_control(self, opcode, payload):
        if not super().take_control(opcode, payload):
            asyncio.get_running_loop().call_later(0.05, self._reader.feed_eof)
        return True


class RefusesEveryClose(Honest):
    def check_close(self, payload):
        raise Broken(1002)


class DropsTheConnectionTooLate(Honest):
    def drop(self):
        asyncio.get_running_loop().call_later(1, self._writer.close)
