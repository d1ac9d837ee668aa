"""Why a run ended without a live version, and what to do about it."""
