namespace CompressTasks.Pipeline;

/// <summary>What a budget limits. The names are those of the item's metadata; the unit of its amount is in parentheses.</summary>
public enum BudgetKind
{
    /// <summary>Bytes of the model's files, external data included.</summary>
    MaxSize,

    /// <summary>Median time of one run in ONNX Runtime (milliseconds).</summary>
    MaxLatency,

    /// <summary>Floating point operations of one run, 2 x MACs.</summary>
    MaxFlops,

    /// <summary>Multiply-accumulates of one run.</summary>
    MaxMacs,

    /// <summary>Trainable parameters.</summary>
    MaxParameters,

    /// <summary>Peak memory of loading and running the model (bytes).</summary>
    MaxMemory,

    /// <summary>The least accuracy (0 to 1); F1, mean IoU or R2 where the labels are not one class per sample.</summary>
    MinAccuracy,

    /// <summary>How far accuracy may fall below the original's (0.01 is one percentage point).</summary>
    MaxAccuracyDrop,
}
