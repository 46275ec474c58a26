"""The closed vocabularies of a protocol and of the screening answers: one word, one thing."""

from enum import StrEnum

from shared.vocabulary import those


class Role(StrEnum):
    """Who may own a task."""

    COORDINATOR = "coordinator"
    FACILITATOR = "facilitator"
    PRESCRIBER = "prescriber"
    CLINICIAN = "clinician"


ON_SITE = those(Role, are=(Role.FACILITATOR, Role.PRESCRIBER, Role.CLINICIAN), are_not=(Role.COORDINATOR,))
"""Who can say with their own login that they are on site on a dose day."""


class SessionKind(StrEnum):
    PREPARATION = "preparation"
    DOSE = "dose"
    CIRCLE = "circle"


class AgreementKind(StrEnum):
    TREATMENT_CONSENT = "treatment_consent"
    GROUP_AGREEMENT = "group_agreement"


class Modality(StrEnum):
    GROUP = "group"
    INDIVIDUAL = "individual"
    COMBINED = "combined"


class ScreeningOutcome(StrEnum):
    EXCLUDE = "exclude"
    REVIEW = "review"
    INFO = "info"


class RiskLevel(StrEnum):
    """The result of a C-SSRS screener."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Route(StrEnum):
    INTRAMUSCULAR = "IM"
    SUBLINGUAL = "SL"
    INTRANASAL = "IN"
    INTRAVENOUS = "IV"
    ORAL = "PO"


class Vital(StrEnum):
    """A measured vital sign: mmHg, mmHg, beats/min, breaths/min, percent."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    HEART_RATE = "heart_rate"
    RESPIRATORY_RATE = "respiratory_rate"
    SPO2 = "spo2"


class Condition(StrEnum):
    """A coded condition of the person's history; a protocol may have conditions of its own beside these."""

    UNCONTROLLED_HYPERTENSION = "uncontrolled_hypertension"
    HYPERTENSION = "hypertension"
    SERIOUS_CARDIAC_DISEASE = "serious_cardiac_disease"
    ANEURYSMAL_VASCULAR_DISEASE = "aneurysmal_vascular_disease"
    ARTERIOVENOUS_MALFORMATION = "arteriovenous_malformation"
    INTRACEREBRAL_HAEMORRHAGE = "intracerebral_haemorrhage"
    VASCULAR_DISEASE = "vascular_disease"
    RAISED_INTRACRANIAL_PRESSURE = "raised_intracranial_pressure"
    PSYCHOSIS = "psychosis"
    SCHIZOPHRENIA = "schizophrenia"
    MANIA = "mania"
    MIXED_EPISODE = "mixed_episode"
    BIPOLAR = "bipolar"
    DELIRIUM = "delirium"
    DEMENTIA = "dementia"
    SEVERE_LIVER_DISEASE = "severe_liver_disease"
    HEPATIC_IMPAIRMENT = "hepatic_impairment"
    KIDNEY_DISEASE = "kidney_disease"
    HYPERTHYROIDISM = "hyperthyroidism"
    CYSTITIS = "cystitis"
    GLAUCOMA = "glaucoma"
    SEVERE_RESPIRATORY_DISEASE = "severe_respiratory_disease"
    SLEEP_APNOEA = "sleep_apnoea"
    DISSOCIATIVE_DISORDER = "dissociative_disorder"
    SEVERE_PERSONALITY_DISORDER = "severe_personality_disorder"
    DEPRESSION = "depression"
    TREATMENT_RESISTANT_DEPRESSION = "treatment_resistant_depression"
    PTSD = "ptsd"
    ANXIETY = "anxiety"
    OCD = "ocd"
    EATING_DISORDER = "eating_disorder"
    CHRONIC_PAIN = "chronic_pain"
    BURNOUT = "burnout"
    SEIZURES = "seizures"


class MedicationClass(StrEnum):
    BENZODIAZEPINE = "benzodiazepine"
    HYPNOTIC = "hypnotic"
    OPIOID = "opioid"
    PSYCHOSTIMULANT = "psychostimulant"
    MAOI = "maoi"
    CYP3A4_INHIBITOR = "cyp3a4_inhibitor"
    THEOPHYLLINE = "theophylline"
    SSRI = "ssri"
    SNRI = "snri"
    MOOD_STABILISER = "mood_stabiliser"
    ANTIPSYCHOTIC = "antipsychotic"
    ANTIHYPERTENSIVE = "antihypertensive"
    OTHER = "other"


class Substance(StrEnum):
    """A substance use disorder is stored by substance, active or in remission since a date."""

    ALCOHOL = "alcohol"
    OPIOIDS = "opioids"
    STIMULANTS = "stimulants"
    CANNABIS = "cannabis"
    SEDATIVES = "sedatives"
    KETAMINE = "ketamine"
    OTHER = "other"


class PregnancyTest(StrEnum):
    POSITIVE = "positive"
    NEGATIVE = "negative"
    NOT_DONE = "not_done"


class MessageCategory(StrEnum):
    """What a message is about, as far as quiet hours, caps and best-before are concerned."""

    FORMS = "forms"
    SEAT_OFFER = "seat_offer"
    AGREEMENT = "agreement"
    SESSION_REMINDER = "session_reminder"
    CALENDAR_CHANGE = "calendar_change"
    MEASURE = "measure"
    CHECK_IN = "check_in"
    SAFETY_CHECK_IN = "safety_check_in"
    ABSENCE = "absence"
    STAFF_TASK = "staff_task"
    PAGE = "page"
