"""The ledger's columns, versioned."""

import pyarrow as pa

SCHEMA_VERSION = 1
VERSION_KEY = b"study_schema_version"

_text, _real, _int, _bool = pa.string(), pa.float64(), pa.int64(), pa.bool_()
_time = pa.timestamp("us", tz="UTC")

RUNS = pa.schema(
    [
        # identity
        ("run_id", _text),
        ("trajectory_id", _text),
        ("numerics_revision", _int),
        ("config", _text),  # JSON, every field, the teacher nested
        # configuration; null where a field cannot matter
        ("data", _text),
        ("width", _int),
        ("batch_norm", _text),
        ("init", _text),
        ("objective", _text),
        ("temperature", _real),
        ("class_weights", _text),
        ("teacher_run_id", _text),
        ("optimizer", _text),
        ("lr", _real),
        ("momentum", _real),
        ("iterations", _int),
        ("batch_size", _int),
        ("tile", _int),
        ("elastic_sigma", _real),
        ("flips", _bool),
        ("engine", _text),
        ("eval_every", _int),
        ("curve_slices", _int),
        ("curve_validation_slices", _int),
        ("init_seed", _int),
        ("data_seed", _int),
        ("parameters", _int),
        # outcome at the horizon; outcome_half at half of it, from the curve
        ("outcome", _text),
        ("outcome_detail", _text),
        ("outcome_half", _text),
        ("fell", _bool),
        ("learned", _bool),
        ("segments", _bool),
        ("first_escape", _int),
        ("relapsed", _bool),
        # losses, nats, paper's convention; *_min and *_avg of the curve, the rest on every slice
        ("test_loss_min", _real),
        ("test_loss_avg", _real),
        ("test_loss_final", _real),
        ("train_loss_avg", _real),
        ("alpha_t", _int),
        ("beta_t", _int),
        ("barrier", _real),
        ("barrier_curve", _real),
        ("deviance_explained", _real),
        ("deviance_explained_calibrated", _real),
        ("iou", _real),
        ("iou_validation_threshold", _real),
        ("foreground_mean", _real),
        ("logit_mean", _real),
        ("logit_std", _real),
        ("target_mean", _real),
        # execution
        ("iterations_done", _int),
        ("train_seconds", _real),
        ("evaluate_seconds", _real),
        ("started_at", _time),
        ("finished_at", _time),
        ("weights_sha256", _text),
        ("environment", _text),  # JSON
    ],
    metadata={VERSION_KEY: str(SCHEMA_VERSION)},
)

CURVES = pa.schema(
    [
        ("run_id", _text),
        ("iteration", _int),
        ("train_loss", _real),  # mean over the iterations since the evaluation before
        ("train_losses", pa.list_(pa.float32())),  # each of them
        ("validation_loss", _real),
        ("test_loss", _real),
        ("barrier", _real),
        ("iou", _real),
        ("iou_validation_threshold", _real),
        ("deviance_explained", _real),
        ("deviance_explained_calibrated", _real),
        ("foreground_mean", _real),
        ("logit_mean", _real),
        ("logit_std", _real),
        ("constant", _bool),
        ("finite", _bool),
        ("outcome", _text),
    ],
    metadata={VERSION_KEY: str(SCHEMA_VERSION)},
)
