"""What the engine learns from a shift: how calls ring, how people answer, how long agents are busy."""
