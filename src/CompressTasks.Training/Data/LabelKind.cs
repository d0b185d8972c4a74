namespace CompressTasks.Training;

/// <summary>What a data set says about each sample.</summary>
public enum LabelKind
{
    /// <summary>Nothing: good for distillation and calibration.</summary>
    None,

    /// <summary>One class number, from 0.</summary>
    Classes,

    /// <summary>Real numbers to be predicted.</summary>
    Targets,
}
