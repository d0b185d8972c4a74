namespace CompressTasks.Pruning.Coupling;

/// <summary>
/// Turns labels and product constraints into atoms: the labels that can be removed on their own. Every label depends on a set of
/// atoms (one, for a plain channel) and dies with any of them.
/// </summary>
sealed class LabelResolution
{
    static readonly FreezeReason LastOne = new("only index of its axis", "");
    static readonly FreezeReason Conflict = new("axis is split in two different ways", "");

    readonly LabelSpace labels;
    readonly Dictionary<int, int[]> definitions = [];
    readonly Dictionary<int, int[]> atoms = [];

    public LabelResolution(LabelSpace labels)
    {
        this.labels = labels;
        var pending = labels.Products.ToList();
        do
        {
            pending = DropFrozenFactors(pending);
        }
        while (!TryDefine(pending));
    }

    /// <summary>The atoms that <paramref name="label"/> depends on, frozen ones left out; empty for an index that always stays.</summary>
    public int[] AtomsOf(int label)
    {
        var root = labels.Find(label);
        if (atoms.TryGetValue(root, out var known)) return known;
        atoms[root] = []; // An index that depended on itself would stay; TryDefine never leaves one.
        int[] found = definitions.TryGetValue(root, out var parts)
            ? [.. parts.SelectMany(AtomsOf).Distinct().Order()]
            : labels.IsFrozen(root) ? [] : [root];
        return atoms[root] = found;
    }

    /// <summary>
    /// A factor that is frozen throughout, or has one index, takes no part: with one factor left the product is a plain tie.
    /// Repeats until nothing changes, as every tie may freeze more.
    /// </summary>
    List<ProductConstraint> DropFrozenFactors(List<ProductConstraint> constraints)
    {
        bool changed;
        do
        {
            changed = false;
            var open = new List<ProductConstraint>();
            foreach (var constraint in constraints)
            {
                FreezeSingleIndices(constraint, ref changed);
                FreezePartsOfFrozenIndices(constraint, ref changed);
                var live = LiveFactors(constraint);
                switch (live.Count)
                {
                    case 0:
                        foreach (var label in constraint.Whole) Freeze(label, FrozenFactorReason(constraint), ref changed);
                        break;
                    case 1:
                        var factor = constraint.Factors[live[0]]!;
                        constraint.ForEach(live[0], (label, index) => labels.Unite(label, factor[index]));
                        changed = true;
                        break;
                    default:
                        UniteAtRepeatedIndices(constraint, live, ref changed);
                        open.Add(constraint);
                        break;
                }
            }

            constraints = open;
        }
        while (changed);
        return constraints;
    }

    void FreezeSingleIndices(ProductConstraint constraint, ref bool changed)
    {
        foreach (var factor in constraint.Factors)
        {
            if (factor is { Length: > 0 } && IsOneIndex(factor)) Freeze(factor[0], LastOne, ref changed);
        }
    }

    bool IsOneIndex(int[] factor)
    {
        var first = labels.Find(factor[0]);
        return factor.AsSpan(1).IndexOfAnyExcept(factor[0]) < 0 || Array.TrueForAll(factor, label => labels.Find(label) == first);
    }

    /// <summary>
    /// An index that stands at two places of the product lives with either place's parts, which therefore are tied: an axis that was
    /// merged and is split again, or one that is laid beside itself.
    /// </summary>
    void UniteAtRepeatedIndices(ProductConstraint constraint, List<int> live, ref bool changed)
    {
        var places = new Dictionary<int, int>();
        for (var position = 0; position < constraint.Whole.Length; position++)
        {
            var root = labels.Find(constraint.Whole[position]);
            if (places.TryAdd(root, position)) continue;
            foreach (var f in live)
            {
                var factor = constraint.Factors[f]!;
                var (first, second) = (factor[constraint.IndexOf(f, places[root])], factor[constraint.IndexOf(f, position)]);
                if (labels.Find(first) == labels.Find(second)) continue;
                labels.Unite(first, second);
                changed = true;
            }
        }
    }

    void FreezePartsOfFrozenIndices(ProductConstraint constraint, ref bool changed)
    {
        for (var f = 0; f < constraint.Factors.Count; f++)
        {
            if (constraint.Factors[f] is not { } factor) continue;
            var any = false;
            constraint.ForEach(f, (label, index) =>
            {
                if (labels.ReasonOf(label) is { } reason) Freeze(factor[index], reason, ref any);
            });
            changed |= any;
        }
    }

    List<int> LiveFactors(ProductConstraint constraint)
    {
        var live = new List<int>();
        for (var f = 0; f < constraint.Factors.Count; f++)
        {
            if (constraint.Factors[f] is { Length: > 1 } factor && Array.Exists(factor, label => !labels.IsFrozen(label))) live.Add(f);
        }

        return live;
    }

    FreezeReason FrozenFactorReason(ProductConstraint constraint) =>
        constraint.Factors.OfType<int[]>().SelectMany(factor => factor).Select(labels.ReasonOf).FirstOrDefault(reason => reason is not null)
            ?? LastOne;

    /// <summary>Records what each index of a product depends on.</summary>
    /// <returns>False when two products disagreed and were reconciled by ties or freezing, so that everything is to be looked at again.</returns>
    bool TryDefine(List<ProductConstraint> constraints)
    {
        definitions.Clear();
        var owners = new Dictionary<int, (ProductConstraint Constraint, int Position)>();
        foreach (var constraint in constraints)
        {
            var live = LiveFactors(constraint);
            var parts = PartsOf(constraint, live);
            for (var position = 0; position < constraint.Whole.Length; position++)
            {
                var root = labels.Find(constraint.Whole[position]);
                if (Array.IndexOf(parts[position], root) >= 0)
                {
                    Demote(constraint, live);
                    return false;
                }

                if (!definitions.TryGetValue(root, out var known))
                {
                    definitions[root] = parts[position];
                    owners[root] = (constraint, position);
                }
                else if (!known.AsSpan().SequenceEqual(parts[position]))
                {
                    Reconcile(owners[root].Constraint, constraint, live);
                    return false;
                }
            }
        }

        return BreakCycles(constraints);
    }

    int[][] PartsOf(ProductConstraint constraint, List<int> live)
    {
        var parts = new int[constraint.Whole.Length][];
        for (var position = 0; position < parts.Length; position++) parts[position] = new int[live.Count];
        for (var f = 0; f < live.Count; f++)
        {
            var (slot, position, factor) = (f, 0, constraint.Factors[live[f]]!);
            constraint.ForEach(live[f], (_, index) => parts[position++][slot] = labels.Find(factor[index]));
        }

        foreach (var part in parts) Array.Sort(part);
        return parts;
    }

    /// <summary>
    /// Two products over the same indices: factor by factor the same where the lengths agree, else the later one keeps one factor only.
    /// </summary>
    void Reconcile(ProductConstraint earlier, ProductConstraint later, List<int> live)
    {
        var before = LiveFactors(earlier);
        var sameIndices = !ReferenceEquals(earlier, later) && earlier.Whole.Length == later.Whole.Length
            && earlier.Whole.Zip(later.Whole).All(pair => labels.Find(pair.First) == labels.Find(pair.Second));
        if (!sameIndices || !earlier.HasSameLengths(later, before, live))
        {
            Demote(later, live);
            return;
        }

        foreach (var (first, second) in before.Zip(live))
        {
            var (left, right) = (earlier.Factors[first]!, later.Factors[second]!);
            for (var i = 0; i < left.Length; i++) labels.Unite(left[i], right[i]);
        }
    }

    /// <summary>Freezes all factors but the longest, which makes the product a plain tie to that one.</summary>
    void Demote(ProductConstraint constraint, List<int> live)
    {
        var kept = live.MaxBy(constraint.LengthOf);
        foreach (var f in live.Where(f => f != kept))
        {
            foreach (var label in constraint.Factors[f]!) labels.Freeze(label, Conflict);
        }
    }

    /// <summary>A definition that leads back to itself through others cannot be cut along; one of its products is demoted.</summary>
    bool BreakCycles(List<ProductConstraint> constraints)
    {
        var state = new Dictionary<int, bool>(); // false: being visited, true: done
        foreach (var constraint in constraints)
        {
            foreach (var label in constraint.Whole)
            {
                if (!LeadsToItself(labels.Find(label), state)) continue;
                Demote(constraint, LiveFactors(constraint));
                return false;
            }
        }

        return true;
    }

    bool LeadsToItself(int root, Dictionary<int, bool> state)
    {
        if (state.TryGetValue(root, out var done)) return !done;
        if (!definitions.TryGetValue(root, out var parts)) return false;
        state[root] = false;
        foreach (var part in parts)
        {
            if (LeadsToItself(labels.Find(part), state)) return true;
        }

        state[root] = true;
        return false;
    }

    void Freeze(int label, FreezeReason reason, ref bool changed)
    {
        if (labels.IsFrozen(label)) return;
        labels.Freeze(label, reason);
        changed = true;
    }
}
