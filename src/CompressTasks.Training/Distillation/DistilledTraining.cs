using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>One training's side of distillation: what the teachers say about its data, and what is trained beside the student.</summary>
sealed class DistilledTraining : IDisposable
{
    readonly Distillation distillation;
    readonly nn.Module<Tensor, Tensor> student;
    readonly OutputKind outputs;
    readonly TrainingRecipe training;
    readonly Device device;
    readonly bool areQuestions;
    readonly FeatureMatching? features;
    readonly Peers? peers;
    readonly Dictionary<DataSet, TeacherAnswers[]> answers = [];

    /// <param name="data">What is trained on; a batch of it is looked at.</param>
    /// <exception cref="TrainingException">CMP0120.</exception>
    public DistilledTraining(Distillation distillation, nn.Module<Tensor, Tensor> student, OutputKind outputs, TrainingRecipe training, DataSet data)
    {
        distillation.Validate();
        (this.distillation, this.student, this.outputs, this.training) = (distillation, student, outputs, training);
        areQuestions = OutputReading.AreQuestions([outputs, .. distillation.Teachers.Select(teacher => teacher.Outputs)]);
        device = Evaluation.DeviceOf(student);
        var recipe = distillation.Recipe;
        recipe.EnsureFits(data.Labels, distillation.Teachers.Count);
        using var scope = NewDisposeScope();
        var sample = data.Read([.. Enumerable.Range(0, Math.Min(training.BatchSize, data.Count))]).Inputs.to(device);
        foreach (var teacher in distillation.Teachers) teacher.Settle(sample, distillation.Cache);
        if (recipe.Features is { Count: > 0 } pairs)
        {
            if (student is not GraphModule graph || distillation.Teachers[0] is not GraphTeacher teacher) throw new TrainingException(TrainingException.Recipe, "The recipe's 'features' need a student and a teacher that are graphs.");
            recipe.EnsureFits(graph.Model, teacher.Model);
            features = new FeatureMatching(pairs, graph, teacher, sample.narrow(0, 0, 1), training.Seed);
        }

        if (!recipe.Mutual) return;
        peers = student is GraphModule own
            ? new Peers(own, recipe.Peers, training.Seed, device)
            : throw new TrainingException(TrainingException.Recipe, "The recipe's 'mutual' needs a student that is a graph.");
    }

    /// <summary>What is trained with the student and is in its checkpoint, but is not written.</summary>
    public IEnumerable<nn.Module> Companions => new nn.Module?[] { features, peers }.OfType<nn.Module>();

    /// <summary>What a checkpoint has to agree in.</summary>
    public string Identity => $"{distillation.Recipe.Hash} {string.Join(' ', distillation.Teachers.Select(teacher => teacher.Identity))}";

    /// <summary>Asks the teachers about all samples where these never change; before the first batch of the data.</summary>
    /// <param name="isFixed">True where a sample is the same each time that it is read: no augmentation.</param>
    /// <param name="say">Is told what a person should know.</param>
    public void Open(DataSet data, bool isFixed, Action<string> say, CancellationToken cancellation)
    {
        var opened = new TeacherAnswers[distillation.Teachers.Count];
        if (!answers.TryAdd(data, opened)) return;
        for (var i = 0; i < opened.Length; i++)
        {
            opened[i] = new TeacherAnswers(distillation.Teachers[i], i == 0 && features is not null ? features.Wanted : [], data, device);
            if (isFixed) opened[i].Keep(data, distillation.CacheLimit, distillation.Cache, device, Say, cancellation);
            if (!opened[i].AreKept && distillation.Teachers[i].Place is { } place) Say($"the teacher answers for each batch, in {place}");

            void Say(string text) => say(opened.Length == 1 ? text : FormattableString.Invariant($"{text} (teacher {i + 1} of {opened.Length})"));
        }
    }

    /// <summary>The student's outputs, and behind them the values inside it that are compared with the teacher's.</summary>
    public IReadOnlyList<Tensor> Run(Tensor inputs) => features is null
        ? [student.call(inputs)]
        : ((GraphModule)student).Run([inputs], [((GraphModule)student).Model.Graph.Output[0].Name, .. features.Taps]);

    /// <summary>The whole loss of a training batch.</summary>
    /// <param name="results">The student's outputs.</param>
    /// <param name="taps">The values inside it.</param>
    /// <param name="againstLabels">The labels' loss of a network's outputs; null without labels.</param>
    public Tensor Loss(Tensor results, IReadOnlyList<Tensor> taps, Func<Tensor, Tensor>? againstLabels, DistilledBatch batch, TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        var chosen = distillation.Recipe.Teachers == TeacherMixture.OnePerBatch
            ? new SeededRandom(training.Seed, -2 - position.Steps).Below(distillation.Teachers.Count)
            : (int?)null;
        var (said, theirs) = Ask(batch, chosen);
        var alpha = againstLabels is null ? 1 : distillation.Recipe.AlphaAt(position.Done);
        Tensor Part(Tensor own, IReadOnlyList<Tensor> teachers)
        {
            var soft = Soft(own, teachers, batch);
            return againstLabels is null ? soft : soft.mul(alpha).add(againstLabels(own), 1 - alpha);
        }

        Tensor loss;
        if (peers is null)
        {
            loss = Part(results, said);
        }
        else
        {
            Tensor[] students = [results, .. peers.Run(batch.Inputs)];
            loss = Part(students[0], [.. said, .. Others(0)]);
            for (var i = 1; i < students.Length; i++) loss = loss.add(Part(students[i], [.. said, .. Others(i)]));

            IEnumerable<Tensor> Others(int student) => students.Where((_, index) => index != student).Select(other => Read(other.detach(), batch.Data));
        }

        return (features is null ? loss : loss.add(features.Loss(taps, theirs))).MoveToOuterDisposeScope();
    }

    /// <summary>The loss against the teachers alone, for data without labels that is measured.</summary>
    public Tensor Distance(Tensor results, DistilledBatch batch)
    {
        using var scope = NewDisposeScope();
        var said = Ask(batch, null).Logits;
        // Peers that went on in training mode would take their statistics from the data that is only measured.
        if (said.Count == 0) Evaluation.InInferenceMode(peers!, () => said = [.. peers!.Run(batch.Inputs).Select(other => Read(other, batch.Data))]);
        return Soft(results, said, batch).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var opened in answers.Values.SelectMany(list => list)) opened?.Dispose();
        features?.Dispose();
        peers?.Dispose();
    }

    Tensor Soft(Tensor results, IReadOnlyList<Tensor> teachers, DistilledBatch batch)
    {
        var recipe = distillation.Recipe;
        var own = Read(results, batch.Data);
        var isRegression = OutputReading.AreNumbers(own, batch.Data.Labels);
        var wanted = distillation.Together(teachers, isRegression);
        if (isRegression) return nn.functional.mse_loss(own, wanted.reshape(own.shape));
        if (recipe.Method == DistillationMethod.SoftTargets || batch.Labels is not { } labels) return DistillationLoss.SoftTargets(own, wanted, recipe.Temperature);
        Tensor Against(Tensor classes) => DistillationLoss.Decoupled(own, wanted, classes, recipe.Temperature, recipe.TargetWeight, recipe.NonTargetWeight);
        return batch.Mixture?.Loss(labels, Against) ?? Against(labels);
    }

    /// <summary>What the teachers say: the logits of each (or the chosen one), and the values inside the first.</summary>
    (IReadOnlyList<Tensor> Logits, IReadOnlyList<Tensor> Features) Ask(DistilledBatch batch, int? chosen)
    {
        var (logits, inside) = (new List<Tensor>(), (IReadOnlyList<Tensor>)[]);
        var opened = answers[batch.Data];
        for (var i = 0; i < opened.Length; i++)
        {
            var isHeard = chosen is null || chosen == i;
            if (!isHeard && (i > 0 || features is null)) continue;
            var said = opened[i].For(batch.Inputs, batch.Indices);
            if (isHeard) logits.Add(distillation.Teachers[i].Distributions(said[0], batch.Data, areQuestions));
            if (i == 0) inside = [.. said.Skip(1)];
        }

        return (logits, inside);
    }

    /// <summary>A student's outputs as logits whose axis 1 are classes, or a regression's numbers.</summary>
    Tensor Read(Tensor results, DataSet data) => OutputReading.Distributions(results, outputs, data, areQuestions);
}

/// <summary>A batch as teachers see it.</summary>
/// <param name="Inputs">As the student sees it.</param>
/// <param name="Indices">The samples' indices in the data.</param>
/// <param name="Labels">Null without any.</param>
/// <param name="Mixture">How samples were mixed; null where none was.</param>
readonly record struct DistilledBatch(DataSet Data, Tensor Inputs, int[] Indices, Tensor? Labels, LabelMixture? Mixture);
