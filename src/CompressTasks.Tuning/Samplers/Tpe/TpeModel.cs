namespace CompressTasks.Tuning;

/// <summary>Which parameters TPE models together.</summary>
public enum TpeModel
{
    /// <summary>All in one density. A parameter that does not exist in a trial has the belief before any trial as its kernel there.</summary>
    Joint,

    /// <summary>Those together that exist under the same conditions.</summary>
    Grouped,

    /// <summary>Each on its own.</summary>
    Independent,
}
