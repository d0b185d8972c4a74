using CompressTasks.Benchmarks;
using CompressTasks.Benchmarks.Sparse;
using CompressTasks.Benchmarks.Teaching;
using CompressTasks.Training;

// Measurements that are too long, or too dependent on the machine, to be tests. docs/results.md has their numbers.
TorchThreads.Use(1);
switch (args)
{
    case ["memory"]:
        NativeMemory.Run(steps: 2000);
        return 0;
    case ["memory", var steps] when int.TryParse(steps, out var count):
        NativeMemory.Run(count);
        return 0;
    case ["kill", var kills] when int.TryParse(kills, out var count):
        KilledTraining.Run(count, seed: 1);
        return 0;
    case ["kill-child", var path]:
        KilledTraining.Train(path);
        return 0;
    case ["parts"]:
        TrainingParts.Run(steps: 10);
        return 0;
    case ["throughput", .. var python]:
        TrainingThroughput.Run(rounds: 8, stepsPerRound: 12, python is [var interpreter] ? interpreter : null);
        return 0;
    case ["prune", var folder]:
        PruningOfFolder.Run(folder);
        return 0;
    case ["scale", ..]:
        PruningAtScale.Run();
        return 0;
    case ["sparse", var data, var output, .. var part]:
        SparseMnist.Run(data, output, part is [var name] ? name : "all");
        return 0;
    case ["cifar", var data, var output, .. var part]:
        PrunedCifar.Run(data, output, part is [_, var file] ? file : Path.Combine(AppContext.BaseDirectory, "References", "cifar10-resnet20-stride2.onnx"), part is [var chosen, ..] ? chosen : "all");
        return 0;
    case ["distill", var data, var output, "mnist"]:
        DistillMnist.Run(data, output);
        return 0;
    case ["distill", var data, var output, "cifar"]:
        DistillCifar.Run(data, output, Path.Combine(AppContext.BaseDirectory, "References", "cifar10-resnet20-stride2.onnx"));
        return 0;
    case ["budgets", var first, var second]:
        BudgetsThatHold.Run(first, second);
        return 0;
    case ["speed", .. var files]:
        SpeedAgainstMacs.Run(files);
        return 0;
    case ["reconstruction", var folder, var kept]:
        Reconstruction.Run(folder, kept);
        return 0;
    case ["streaming", ..]:
        StreamingData.Run(bytes: 5_000_000_000);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project tests/CompressTasks.Benchmarks -- COMMAND
              memory [STEPS] resident memory and live tensors over 2,000 training steps, or so many
              kill TIMES     a training killed at random moments and started again, byte for byte against one left alone
              throughput [PYTHON]   training samples per second: GraphModule against the same network written by hand, and in PyTorch where PYTHON has it
              parts          where the time of a training step goes
              streaming      trains once through 5 GB on disk: memory and samples per second
              prune FOLDER   every .onnx file of a folder cut to 70, 50 and 30 % of its MACs: time, exactness, masked = removed
              scale          models of 25 and 125 million weights cut to half: seconds and peak memory; time by nodes of deep and wide graphs
              sparse DATA OUT [PART]   MNIST (folder of IDX files): the LeNets with few weights; PART is surgery, lenet-5, lenet-5-0.9 ..., topologies or lottery
              cifar DATA OUT [PART [MODEL]]   CIFAR-10 (folder of .bin files): PART is channels (of MODEL, the reference network unless given), topologies or lottery
              distill DATA OUT mnist
              distill DATA OUT cifar
                             a student of a tenth of its teacher's MACs: alone, and taught in eleven ways, three seeds each
              budgets A B    latency 50 %, size 30 % and FLOPs 40 %, alone and together, on a ResNet-20 and two files, measured again
              speed FILES    measured speed-up beside that by MACs at half and a quarter of them: ResNet-18, ResNet-20 and files
              reconstruction FOLDER KEPT
                             accuracy on MNIST right after one-shot pruning: magnitude, Wanda, OBD, OBS; compensation of removed
                             channels; trained networks are read from KEPT, or trained and left there
            """);
        return 2;
}
