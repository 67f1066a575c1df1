"""What the picker offers is what the server takes as a reaction."""

import json
import subprocess

from chat.commands.reactions import _check_emoji
from tests.support.node import node
from tests.support.plugin import ROOT

LIST = """
    import { all, toned, TONES } from "./chat/widget/conversation/emoji.js";
    console.log(JSON.stringify(all.flatMap(({ emoji }) => TONES.map((tone) => toned(emoji, tone)))));
"""


def test_every_emoji_of_the_picker_can_be_a_reaction_in_every_skin_tone():
    run = subprocess.run(
        [node(), "--input-type=module", "-e", LIST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    offered = json.loads(run.stdout)
    assert len(offered) > 1_000
    for emoji in offered:
        _check_emoji(emoji)
