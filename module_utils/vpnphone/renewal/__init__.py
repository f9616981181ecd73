"""The staged certificate renewal: its journal, its gates, what stands and what comes next."""
