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

    /// <summary>For each of several classes 0 or 1: any number of them may apply.</summary>
    MultiLabel,

    /// <summary>A class number for each pixel.</summary>
    PixelClasses,
}
