using System.Diagnostics;

namespace SampleApp;

/// <summary>How long one image takes.</summary>
static class Stopwatches
{
    public const int Runs = 500;

    /// <summary>Median milliseconds of two models that take turns, so that a busy machine slows both alike.</summary>
    public static (double First, double Second) Compare(Classifier first, Classifier second, TestImages images)
    {
        var (firstTimes, secondTimes) = (new double[Runs], new double[Runs]);
        for (var run = -20; run < Runs; run++)
        {
            var image = Math.Abs(run) % images.Count;
            var (firstTime, secondTime) = (Milliseconds(first, images, image), Milliseconds(second, images, image));
            if (run < 0) continue; // warming up
            (firstTimes[run], secondTimes[run]) = (firstTime, secondTime);
        }

        return (Median(firstTimes), Median(secondTimes));
    }

    static double Milliseconds(Classifier classifier, TestImages images, int image)
    {
        var start = Stopwatch.GetTimestamp();
        classifier.Classify(images, image, 1);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    static double Median(double[] times)
    {
        Array.Sort(times);
        return times[times.Length / 2];
    }
}
