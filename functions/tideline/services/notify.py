"""Tell people what happened, once."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.alerting.place import Place
from tideline.alerting.table import alert_of
from tideline.domain.alerts.alert import Letter
from tideline.domain.alerts.letter import letter_of
from tideline.events.base import Envelope
from tideline.ports import AlertRegistry, AlertTopic, Clock


@dataclass(frozen=True)
class Notify:
    """Idempotency key: what the alert is about (`Alert.identity`), not the event's id.

    An event that is delivered again has the same id, but a fact that is told again, because its teller died
    in between, has not. The letter is sent before it is noted: who dies in between sends it twice, and
    never not at all.
    """

    topic: AlertTopic
    alerts: AlertRegistry
    clock: Clock
    place: Place

    def __call__(self, envelope: Envelope) -> Letter | None:
        """Send a letter and return it; None where there is nothing to tell, or it was told before.

        Raises:
            ValueError: nobody is told of such events.
        """
        alert = alert_of(envelope, self.place)
        if alert is None or self.alerts.was_told(alert.key):
            return None
        letter = letter_of(
            alert, environment=self.place.environment, cli_environment=self.place.cli_environment
        )
        self.topic.publish(letter)
        self.alerts.mark_told(alert.key, at=self.clock())
        return letter
