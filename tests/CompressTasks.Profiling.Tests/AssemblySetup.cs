// Measurements disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
