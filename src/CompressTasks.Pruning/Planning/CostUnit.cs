namespace CompressTasks.Pruning.Planning;

/// <summary>What a unit's importance is weighed against.</summary>
public enum CostUnit
{
    /// <summary>Multiply-accumulates.</summary>
    Macs,

    /// <summary>Bytes of the file.</summary>
    Bytes,

    /// <summary>Time in ONNX Runtime, from measurements of each layer at several widths.</summary>
    Milliseconds,
}
