using System.Globalization;

namespace CompressTasks.Training;

/// <summary>Which samples of the files a data argument means: skip and take in file order, then a share or a fold drawn by seed.</summary>
static class SamplePart
{
    /// <returns>Indices in ascending order; null for all samples.</returns>
    /// <exception cref="TrainingException">CMP0401 for a query that contradicts itself; CMP0402 when there are too few samples.</exception>
    public static int[]? Of(DataQuery query, DataSet data)
    {
        var (skip, take) = (query.Number("skip", 0), query.Number("take", 1));
        var (split, fold, folds) = (query.Fraction("split"), query.Number("fold", 1), query.Number("folds", 2));
        var isTraining = query.Word("part", "train", "valid") switch { null => (bool?)null, var part => part == "train" };
        var seed = query.Number("seed", int.MinValue);
        if (fold is null != folds is null || fold > folds) throw Contradiction("needs fold=1 to folds, and folds, together");
        if (split is not null && fold is not null) throw Contradiction("has both split and fold");
        if (isTraining is null == (split ?? fold) is not null) throw Contradiction("needs split or fold, and part=train or part=valid, together");
        if (seed is not null && isTraining is null) throw Contradiction("has a seed and nothing that is drawn");
        if ((skip ?? take ?? split ?? fold) is null) return null;

        var samples = Range(query, data, skip ?? 0, take);
        if (isTraining is not { } training) return samples;
        var chosen = split is { } share
            ? Share(Strata(data, samples, seed ?? 1), share, training)
            : Fold(Strata(data, samples, seed ?? 1), fold!.Value - 1, folds!.Value, training);
        if (chosen.Length > 0) return chosen;
        throw new TrainingException(
            TrainingException.DataFormat,
            string.Create(CultureInfo.InvariantCulture, $"'{query.Argument}' leaves no sample of {samples.Length}."),
            query.Argument,
            "Give another share, or fewer folds.");

        TrainingException Contradiction(string what) => DataArgument.Malformed(query.Argument, what);
    }

    static int[] Range(DataQuery query, DataSet data, int skip, int? take)
    {
        var length = take ?? (data.Count - skip);
        if (length > 0 && (long)skip + length <= data.Count) return [.. Enumerable.Range(skip, length)];
        throw new TrainingException(
            TrainingException.DataFormat,
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{query.Argument}' asks for samples from {skip} on{(take is { } number ? $", {number} of them" : "")}, and there are {data.Count}."),
            query.Argument,
            "Lower skip or take.");
    }

    /// <summary>The samples in random order, class by class where there are classes, so that every part has its share of each.</summary>
    static int[] Strata(DataSet data, int[] samples, int seed)
    {
        var order = SeededRandom.Permutation(samples.Length, seed, stream: -1);
        var shuffled = Array.ConvertAll(order, place => samples[place]);
        if (data.Labels != LabelKind.Classes) return shuffled;
        using var labels = data.ReadLabels(shuffled)!;
        return [.. shuffled.Zip(labels.data<long>().ToArray()).OrderBy(pair => pair.Second).Select(pair => pair.First)];
    }

    static int[] Share(int[] strata, double share, bool isTraining) =>
        [.. strata.Where((_, place) => (Math.Floor((place + 1) * share) > Math.Floor(place * share)) == isTraining).Order()];

    static int[] Fold(int[] strata, int fold, int folds, bool isTraining) =>
        [.. strata.Where((_, place) => (place % folds == fold) != isTraining).Order()];
}
