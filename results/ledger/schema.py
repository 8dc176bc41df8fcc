"""The ledger's columns, versioned."""

import pyarrow as pa

SCHEMA_VERSION = 5
SIGNED_SINCE = 3
"""From this version on every row carries its digest."""
VERSION_KEY = b"study_schema_version"

_text, _real, _int, _bool = pa.string(), pa.float64(), pa.int64(), pa.bool_()
_reals = pa.list_(pa.float32())
_time = pa.timestamp("us", tz="UTC")

PER_STEP = (
    "train_losses",
    "hard_losses",
    "soft_losses",
    "soft_entropies",
    "hard_targets",
    "soft_targets",
    "soft_weights",
)
"""Lists of the curves with a value a step: the objective, its two terms where it has two, the mean
targets, and the mean weight of a pixel's soft loss where the annotation decides it."""

RUNS = pa.schema(
    [
        # identity
        ("run_id", _text),
        ("trajectory_id", _text),
        ("numerics_revision", _int),
        ("identity", _text),  # canonical JSON whose hash is the run_id
        ("row_sha256", _text),  # see results.ledger.digest
        ("config", _text),  # JSON, every field, the teacher nested
        # configuration; null where a field cannot matter
        ("data", _text),
        ("grey_mean", _real),  # of the training slices
        ("grey_std", _real),
        ("input_scale", _text),
        ("input_shift", _real),  # the network sees (grey value - shift) / divisor
        ("input_divisor", _real),  # both null up to schema 4, where they are grey_mean and grey_std
        ("width", _int),
        ("batch_norm", _text),
        ("init", _text),
        ("init_block", _text),
        ("objective", _text),
        ("temperature", _real),
        ("soft_loss", _text),
        ("soft_weight", _real),
        ("mixture", _text),
        ("class_weights", _text),
        ("class_weights_by", _text),
        ("teacher_run_id", _text),
        ("start_from_run_id", _text),
        ("optimizer", _text),
        ("lr", _real),
        ("lr_half_life", _real),
        ("momentum", _real),
        ("weight_decay", _real),
        ("iterations", _int),
        ("batch_size", _int),
        ("tile", _int),
        ("padding", _text),
        ("elastic_sigma", _real),
        ("flips", _bool),
        ("engine", _text),
        ("eval_every", _int),
        ("curve_slices", _int),
        ("curve_validation_slices", _int),
        ("init_seed", _int),
        ("data_seed", _int),
        ("stop_dead", _bool),
        ("parameters", _int),
        ("compression", _real),  # parameters of the 64-Unet over this network's
        # outcome at the horizon; outcome_half at half of it, from the curve
        ("outcome", _text),
        ("outcome_detail", _text),  # see results.outcomes.Detail
        ("outcome_rules", _int),  # see results.outcomes.OUTCOME_RULES; null of 1
        ("outcome_half", _text),
        ("fell", _bool),
        ("learned", _bool),
        ("segments", _bool),
        ("born_dead", _bool),  # whether it answered a constant before its first step
        ("first_escape", _int),
        ("relapsed", _bool),
        ("dead_at", _int),  # the evaluation that found it dead, see core.evaluation.dead_runs
        ("revived_at", _int),  # the first gradient after that
        ("stopped_dead", _bool),  # given up there: figures of the horizon are null
        # losses, nats, paper's convention; *_min and *_avg of the curve, the rest on every slice
        ("test_loss_min", _real),
        ("test_loss_avg", _real),
        ("test_loss_final", _real),
        ("test_loss_min_at", _int),  # its iteration
        ("test_loss_peak", _real),  # largest after iteration 0
        ("test_loss_peak_at", _int),
        ("train_loss_avg", _real),
        ("train_loss_hard", _real),  # the mixed objective's terms, the soft one times T^2
        ("train_loss_soft", _real),
        ("train_loss_soft_kl", _real),  # the soft one less its targets' entropy
        ("train_loss_hard_excess", _real),  # over the stream's best constant on the same steps
        ("train_loss_soft_excess", _real),
        ("alpha_t", _int),
        ("beta_t", _int),
        ("barrier", _real),
        ("barrier_curve", _real),
        ("deviance_explained", _real),
        ("deviance_explained_calibrated", _real),
        ("deviance_explained_grey", _real),  # of a pixel's grey value alone
        ("iou", _real),
        ("iou_validation_threshold", _real),
        ("validation_threshold", _real),  # the logit difference above which that is foreground
        ("foreground_mean", _real),
        ("logit_mean", _real),
        ("logit_std", _real),
        # of the stream: annotation, or the teacher at T for soft labels, weighted as pixels are
        ("target_mean", _real),
        ("soft_target_mean", _real),
        ("foreground_weight", _real),  # w of the training loss, as a number
        # execution
        ("iterations_done", _int),
        ("train_seconds", _real),
        ("evaluate_seconds", _real),
        ("wait_seconds", _real),  # checkpoints, reports, pauses within a process
        ("started_at", _time),
        ("finished_at", _time),
        ("initial_weights_sha256", _text),
        ("first_tile_sha256", _text),
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
        ("train_losses", _reals),  # each of them
        ("hard_losses", _reals),  # the mixed objective's terms, the soft one times T^2
        ("soft_losses", _reals),
        ("soft_entropies", _reals),  # what they would be for a student equal to the teacher
        ("hard_targets", _reals),  # mean targets
        ("soft_targets", _reals),
        ("soft_weights", _reals),  # mean weight of a pixel's soft loss, of the class weights
        ("validation_loss", _real),
        ("test_loss", _real),
        ("barrier", _real),
        ("iou", _real),
        ("iou_validation_threshold", _real),
        ("validation_threshold", _real),
        ("deviance_explained", _real),
        ("deviance_explained_calibrated", _real),
        ("foreground_mean", _real),
        ("logit_mean", _real),
        ("logit_std", _real),
        ("constant", _bool),
        ("finite", _bool),
        ("outcome", _text),
        ("dead_channels", pa.list_(pa.int32())),  # per level of core.evaluation.dead_runs.BLOCKS
        ("gradient_norms", _reals),  # the same levels, and the head
        ("train_seconds", _real),  # since the run's start
        ("evaluate_seconds", _real),
    ],
    metadata={VERSION_KEY: str(SCHEMA_VERSION)},
)
