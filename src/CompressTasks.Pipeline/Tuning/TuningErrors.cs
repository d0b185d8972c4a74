using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>The tuning library stands on no other room, so its errors become CompressTasks' own here, under the same codes.</summary>
static class TuningErrors
{
    /// <summary>Does something that may end in a <see cref="TuningException"/>.</summary>
    /// <param name="file">What the error would be about; the address of a database is not told, since it may have a password.</param>
    /// <exception cref="CompressException">CMP0901 to CMP0908; or what was the cause, where a trial ended with an error that is not about its configuration.</exception>
    public static T Guard<T>(string? file, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (TuningException exception)
        {
            if (exception.InnerException is CompressException cause) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw new CompressException(exception.Code, exception.Message, file?.Contains("://", StringComparison.Ordinal) == true ? null : file, exception.Hint, exception);
        }
    }
}
