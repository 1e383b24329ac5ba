"""What Slack allows, each with the page that says so."""

from typing import Final

MESSAGE_LONGEST: Final = 11_000
"""A message holds about 12 000; how Slack counts them is not documented."""

NOTICE_LONGEST: Final = 300
"""Code points that Slack's clients show on a phone of a message made of blocks; not documented."""

BLOCKS_LONGEST: Final = 12_000
"""UTF-16 units of all blocks as JSON; more than 13 200 were refused in the field, not documented."""

SECTION_LONGEST: Final = 3_000
"""UTF-16 units of a section's text. https://docs.slack.dev/reference/block-kit/blocks/section-block"""

BUTTON_LONGEST: Final = 75
"""UTF-16 units of a button's text. https://docs.slack.dev/reference/block-kit/block-elements/button-element"""

STEP_LONGEST: Final = 256
"""Characters of a task card's title. https://docs.slack.dev/reference/methods/chat.appendStream"""

FORM_METADATA_LONGEST: Final = 3_000
"""UTF-16 units that a form remembers. https://docs.slack.dev/reference/views/modal-views"""

FORM_INPUT_LONGEST: Final = 3_000
"""Characters of what is typed. https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element"""

PROMPTS_MOST: Final = 4
"""Questions proposed in a pane. https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts"""

PROMPT_LONGEST: Final = 75
"""Code points of a proposed question that its button shows; the length that fits is not documented."""

TITLE_LONGEST: Final = 60
"""Code points of a thread's title; Slack's lists cut longer ones, where is not documented."""
