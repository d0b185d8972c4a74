using System.Runtime.CompilerServices;
using CompressTasks.Training;

// Torch's random state and thread count are one per process, and measurements disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace CompressTasks.Pipeline.Tests;

static class AssemblySetup
{
    [ModuleInitializer]
    internal static void LoadTorch() => TorchThreads.Use(1);
}
