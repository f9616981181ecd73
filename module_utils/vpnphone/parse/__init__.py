"""Text of a device to the model. Parsers know the model alone: no network, no judgement.

Each parser takes the answer of one command, `parse_<section>(text) -> Parsed[<type of AsaState.<section>>]`, and
raises Unreadable where the text is not such an answer. table.PARSERS joins sections and parsers.
"""
