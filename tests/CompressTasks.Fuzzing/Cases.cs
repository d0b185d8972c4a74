using CompressTasks.Fuzzing.Mutations;

namespace CompressTasks.Fuzzing;

/// <summary>Cases by number: the same seed, number and seed models make the same bytes.</summary>
sealed class Cases(int seed, IReadOnlyList<byte[]> seeds)
{
    public byte[] Make(int number)
    {
        var random = new Random(HashCode(seed, number));
        return Mutator.Mutate(seeds[random.Next(seeds.Count)], seeds, random);
    }

    /// <summary>Writes the case and tries it.</summary>
    public Outcome Try(int number, CaseFolder folder)
    {
        File.WriteAllBytes(folder.Case, Make(number));
        return Target.Run(folder.Case, folder.Output);
    }

    /// <summary>System.HashCode differs from process to process.</summary>
    static int HashCode(int first, int second) => unchecked((first * 486187739) + second);
}
