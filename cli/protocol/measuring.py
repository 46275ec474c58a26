"""What is measured and asked, when, and who asks again."""

from cli.protocol.page import Points, Section, Table
from cli.protocol.saying import ladder, reminders, source, sourced
from shared.protocol.calendar import CheckInQuestion
from shared.protocol.differences.naming import FOLLOWED
from shared.protocol.measures import Instrument, Measure, Subscale
from shared.protocol.model import Protocol
from shared.protocol.wording import listed, spoken, spoken_duration, spoken_key, spoken_offset, spoken_span


def measures(p: Protocol) -> Section:
    head = ("Measure", "Questionnaires", "Counted from", "Open", "Reminders", "Who asks again", "Needed for", "Source")
    return Section("Measures", (Table(head, tuple(map(_measure, p.measures))),))


def _measure(measure: Measure) -> tuple[str, ...]:
    given_up = f"; given up {spoken_offset(measure.lost_after)}" if measure.lost_after is not None else ""
    kept = "; also after leaving" if measure.offered_after_leaving else ""
    only = f"; only if {spoken_key(measure.only_if)}" if measure.only_if else ""
    return (
        measure.title + only + kept,
        listed(measure.instruments),
        spoken(measure.at),
        f"from {spoken_offset(measure.opens)} to {spoken_offset(measure.closes)}{given_up}",
        reminders(measure.reminders),
        ladder(measure.chase),
        listed(map(spoken_key, measure.required_for)) if measure.required_for else "–",
        source(measure),
    )


def questionnaires(p: Protocol) -> Section:
    head = ("Questionnaire", "Answers", "Looks back", "Severity", "Counts", "Asks for a C-SSRS", "Licence", "Source")
    return Section("Questionnaires", (Table(head, tuple(map(_instrument, p.instruments))),))


def _instrument(instrument: Instrument) -> tuple[str, ...]:
    counts = (
        ("positive from", instrument.screen_from, ""),
        ("reliable change", instrument.reliable_change, ""),
        ("response from a fall of", instrument.response_percent, " %"),
        ("remission below", instrument.remission_below, ""),
    )
    scales = [_subscale(instrument, subscale) for subscale in instrument.subscales]
    clusters = [f"cluster {cluster.name}: {spoken(cluster)}" for cluster in instrument.provisional]
    risks = [f"item {risk.item} from {risk.at_least}: {risk.says} ({source(risk)})" for risk in instrument.item_risks]
    return (
        f"{instrument.id}: {instrument.title}",
        _answers(instrument),
        f"{instrument.recall_days} days",
        ", ".join(map(spoken, instrument.bands)) or "no bands",
        "; ".join([f"{name} {cited.value}{unit}" for name, cited, unit in counts if cited] + clusters + scales) or "–",
        "; ".join(risks) or "–",
        instrument.licence,
        source(instrument),
    )


def _subscale(instrument: Instrument, subscale: Subscale) -> str:
    lowest, highest = instrument.ends(subscale)
    counts = (("positive from", subscale.screen_from), ("reliable change", subscale.reliable_change))
    said = "".join(f", {name} {sourced(cited)}" for name, cited in counts if cited)
    return f"{subscale.title}: {spoken(subscale)}, {lowest} to {highest}{said}"


def _answers(instrument: Instrument) -> str:
    span = f"{instrument.item_min} to {instrument.item_max}"
    if instrument.counts:
        return f"{instrument.counts}, {span}"
    items = f"{instrument.items} items of {span}"
    return f"{items}, scored reversed: {listed(map(str, instrument.reversed))}" if instrument.reversed else items


def check_ins(p: Protocol) -> Section:
    if p.check_ins is None:
        return Section("Check-ins", ())
    asked = tuple(
        (
            check_in.key,
            f"{spoken_span(check_in.after)} after {FOLLOWED[check_in.follows]}"
            + (", unless the next dose is that day" if check_in.coalesce_with_next_dose else ""),
            spoken_duration(check_in.answer_within),
            source(check_in),
        )
        for check_in in p.check_ins.asked
    )
    questions = tuple((q.says, spoken(q.answer), _risk(q), source(q)) for q in p.check_ins.questions)
    return Section(
        "Check-ins",
        (
            Table(("Check-in", "Asked", "To be answered within", "Source"), asked),
            Table(("Question", "Answer", "Signals risk", "Source"), questions),
            Points((f"While nobody answers, counted from when it is due: {ladder(p.check_ins.chase)}.",)),
        ),
    )


def _risk(question: CheckInQuestion) -> str:
    if question.signals_risk_from is None:
        return "–"
    match question.answer:
        case "yes_no":
            return "yes"
        case "scale_0_10":
            return f"from {question.signals_risk_from}"


def screening_times(p: Protocol) -> Points:
    s = p.screening
    reminded = [f"{spoken_duration(after)} after" for after in s.form_reminders] or ["none"]
    valid = f" A decision stays valid for {sourced(s.decision_valid_for)}." if s.decision_valid_for else ""
    return Points(
        (
            f"Forms within {sourced(s.forms_within)} of the referral; reminders: {listed(reminded)}.",
            f"A clinician reviews them within {sourced(s.review_within)}.{valid}",
        )
    )
