// Torch's random state and thread count are one per process, and measurements disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
