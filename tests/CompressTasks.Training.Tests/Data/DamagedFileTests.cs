using System.IO.Compression;

namespace CompressTasks.Training.Tests.Data;

public sealed class DamagedFileTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_missing_file_is_reported_with_its_path()
    {
        var path = Path.Combine(folder.Path, "nothing.npz");
        var error = Assert.Throws<TrainingException>(() => DataSets.Open(path));
        Assert.Equal(("CMP0401", path), (error.Code, error.File));
        Assert.Equal("CMP0401", Assert.Throws<TrainingException>(() => DataSets.Open("")).Code);
        Assert.Equal("CMP0401", Assert.Throws<TrainingException>(() => DataSets.Open("a.npz?z=1")).Code);
        Assert.Equal("CMP0401", Assert.Throws<TrainingException>(() => DataSets.Open("a.npz?x=1&label=2")).Code);
    }

    public static TheoryData<string, byte[]> Damaged()
    {
        var idx = StoredFiles.Idx(8, [3, 2, 2], new byte[12]);
        var npy = StoredFiles.Npy("<f4", "(3, 2)", new byte[24]);
        byte[] Npz(byte[] array) => StoredFiles.Zip(CompressionLevel.Optimal, ("x.npy", array));
        return new()
        {
            { "images", idx[..^1] },
            { "images", [.. idx, 0] },
            { "images", idx[..10] },
            { "images", [] },
            { "images", "not data at all"u8.ToArray() },
            { "images", StoredFiles.Idx(8, [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue], new byte[12]) },
            { "images", StoredFiles.Idx(8, [0, 2, 2], []) },
            { "images.gz", StoredFiles.Gzip(idx)[..^14] },
            { "images.gz", StoredFiles.Gzip([.. idx, 0]) },
            { "images.gz", StoredFiles.Gzip(idx[..^1]) },
            { "images.gz", StoredFiles.Gzip(StoredFiles.Idx(8, [2_000_000_000, 2_000_000_000], new byte[12])) },
            { "d.npy", npy[..^1] },
            { "d.npy", [.. npy, 0] },
            { "d.npy", npy[..8] },
            { "d.npy", npy[..30] },
            { "d.npy", StoredFiles.Npy("<f4", "(3, -2)", new byte[24]) },
            { "d.npy", StoredFiles.Npy("<f4", "(9223372036854775807, 9223372036854775807)", new byte[24]) },
            { "d.npy", StoredFiles.Npy("<f4", "()", new byte[4]) },
            { "d.npy", StoredFiles.Npy("<c8", "(3,)", new byte[24]) },
            { "d.npy", StoredFiles.Npy("<U6", "(1,)", new byte[24]) },
            { "d.npy", StoredFiles.Npy("<M8[ns]", "(3,)", new byte[24]) },
            { "d.npy", StoredFiles.Npy("[('a', '<f4'), ('b', '<f4')]", "(3,)", new byte[24]) },
            { "d.npy", StoredFiles.Npy("<u8", "(1,)", [255, 255, 255, 255, 255, 255, 255, 255]) },
            { "d.npz", Npz(npy)[..^30] },
            { "d.npz", Npz(npy[..^1]) },
            { "d.npz", npy },
            { "d.bin", new byte[3072] },
            { "d.bin", [10, .. new byte[3072]] },
            { "d.bin", [] },
        };
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Damaged_or_foreign_files_are_refused_with_their_path(string name, byte[] content)
    {
        var path = folder.Write(name, content);
        var error = Assert.Throws<TrainingException>(() => DataSets.Open(path));
        Assert.Equal(("CMP0402", path), (error.Code, error.File));
    }

    [Fact]
    public void Python_objects_are_never_loaded()
    {
        var path = folder.Write("d.npz", StoredFiles.Zip(CompressionLevel.Optimal, ("x.npy", StoredFiles.Npy("|O", "(1,)", "cos\nsystem\n."u8.ToArray()))));
        var error = Assert.Throws<TrainingException>(() => DataSets.Open(path));
        Assert.Equal("CMP0402", error.Code);
        Assert.Contains("objects", error.Message, StringComparison.Ordinal);
    }
}
