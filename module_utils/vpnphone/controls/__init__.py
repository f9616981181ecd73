"""The judgement: one file a topic, one control a function, registered by id. Pure: state in, finding out."""
