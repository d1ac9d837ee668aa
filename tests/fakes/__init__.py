"""In-memory fakes of every port; `tests/contracts/ports` holds them and the adapters to one behaviour."""
