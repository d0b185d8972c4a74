using CompressTasks.Training.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    string FilePath => Path.Combine(folder.Path, "sub", "run.checkpoint");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_bit_for_bit()
    {
        var header = new CheckpointHeader { Run = "r", Epoch = 3, Step = 7, LossSum = 0.1 + 0.2, History = [new(1, 1 / 3.0, 0.5, 0.01, 2)] };
        (string, Tensor)[] tensors = [("a", randn(3, 4)), ("b", tensor(5L)), ("c", randn(2, 6).t()), ("empty", zeros(0, 3))];
        CheckpointFile.Write(FilePath, header, tensors);
        var (readHeader, read) = CheckpointFile.Read(FilePath);
        Assert.Equal((3, 7, 0.1 + 0.2), (readHeader.Epoch, readHeader.Step, readHeader.LossSum));
        Assert.Equal(header.History, readHeader.History);
        Assert.Equal(["a", "b", "c", "empty"], read.Keys);
        Assert.All(tensors, written => Assert.True(written.Item2.Equals(read[written.Item1])));
        Assert.Equal([FilePath], Directory.EnumerateFiles(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public void Results_that_are_no_numbers_are_kept()
    {
        CheckpointFile.Write(FilePath, new CheckpointHeader { Run = "r", BestValidation = double.NaN, History = [new(1, 2, double.PositiveInfinity, 0.1, 1)] }, []);
        var (header, _) = CheckpointFile.Read(FilePath);
        Assert.Equal(double.NaN, header.BestValidation);
        Assert.Equal(double.PositiveInfinity, header.History[0].Validation);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_an_error_with_the_reason()
    {
        File.WriteAllText(Path.Combine(folder.Path, "sub"), "a file, not a folder");
        var error = Assert.Throws<TrainingException>(() => CheckpointFile.Write(FilePath, new CheckpointHeader { Run = "r" }, []));
        Assert.Equal(TrainingException.Checkpoint, error.Code);
        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_any_byte_changed_or_missing_is_refused()
    {
        CheckpointFile.Write(FilePath, new CheckpointHeader { Run = "r" }, [("a", ones(4))]);
        var whole = File.ReadAllBytes(FilePath);
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = (byte[])whole.Clone();
            changed[at] ^= 1;
            AssertRefused(changed);
            AssertRefused(whole[..at]);
        }

        AssertRefused([.. whole, 0]);

        void AssertRefused(byte[] content)
        {
            File.WriteAllBytes(FilePath, content);
            var error = Assert.Throws<TrainingException>(() => CheckpointFile.Read(FilePath));
            Assert.Equal(("CMP0502", FilePath), (error.Code, error.File));
        }
    }

    [Fact]
    public void A_second_training_with_the_same_checkpoint_is_refused_and_the_first_goes_on()
    {
        using (CheckpointLock.Take(FilePath))
        {
            var second = Assert.Throws<TrainingException>(() => CheckpointLock.Take(FilePath));
            Assert.Equal("CMP0502", second.Code);
            Assert.Contains("Another process", second.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(FilePath)!));
        CheckpointLock.Take(FilePath).Dispose();
    }

    [Fact]
    public void A_temporary_file_that_is_being_written_is_left_to_its_writer()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        var temporary = Path.Combine(Path.GetDirectoryName(FilePath)!, ".run.checkpoint.tmp");
        using var first = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        var error = Assert.Throws<TrainingException>(() => CheckpointFile.Write(FilePath, new CheckpointHeader { Run = "second" }, []));
        Assert.Contains("Another process", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(temporary));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        CheckpointFile.Write(FilePath, new CheckpointHeader { Run = "old" }, []);
        var gone = ones(4);
        gone.Dispose();
        Assert.ThrowsAny<Exception>(() => CheckpointFile.Write(FilePath, new CheckpointHeader { Run = "new" }, [("first", ones(1)), ("gone", gone)]));
        Assert.Equal("old", CheckpointFile.Read(FilePath).Header.Run);
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(FilePath)!));
    }
}
