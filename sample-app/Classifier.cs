using Microsoft.ML.OnnxRuntime;

namespace SampleApp;

/// <summary>One ONNX model that gives a score for each class of an image.</summary>
sealed class Classifier : IDisposable
{
    const int BatchSize = 100;

    readonly InferenceSession session;
    readonly RunOptions run = new();
    readonly string input, output;
    readonly int rank;

    public Classifier(string file)
    {
        // One thread: small models gain nothing by more, and timings are steadier.
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        session = new InferenceSession(file, options);
        (input, var metadata) = session.InputMetadata.First();
        rank = metadata.Dimensions.Length;
        output = session.OutputMetadata.Keys.First();
        SizeInBytes = new FileInfo(file).Length;
    }

    public long SizeInBytes { get; }

    /// <summary>The class with the highest score of each image.</summary>
    public int[] Classify(TestImages images, int start, int count)
    {
        using var pixels = OrtValue.CreateTensorValueFromMemory(images.Pixels(start, count), Shape(images, count));
        using var results = session.Run(run, [input], [pixels], [output]);
        var scores = results[0].GetTensorDataAsSpan<float>();
        var classes = scores.Length / count;
        var answers = new int[count];
        for (var image = 0; image < count; image++) answers[image] = IndexOfLargest(scores.Slice(image * classes, classes));
        return answers;
    }

    /// <summary>Share of the images that get their label's class.</summary>
    public double Accuracy(TestImages images)
    {
        var right = 0;
        for (var start = 0; start < images.Count; start += BatchSize)
        {
            var count = Math.Min(BatchSize, images.Count - start);
            var answers = Classify(images, start, count);
            for (var image = 0; image < count; image++) right += answers[image] == images.Label(start + image) ? 1 : 0;
        }

        return (double)right / images.Count;
    }

    public void Dispose()
    {
        run.Dispose();
        session.Dispose();
    }

    long[] Shape(TestImages images, int count) => rank switch
    {
        4 => [count, 1, images.Height, images.Width],
        3 => [count, images.Height, images.Width],
        _ => [count, images.Height * images.Width],
    };

    static int IndexOfLargest(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var index = 1; index < scores.Length; index++)
        {
            if (scores[index] > scores[best]) best = index;
        }

        return best;
    }
}
