namespace CompressTasks.Pipeline;

/// <summary>Whether a request and its recipe agree on the student.</summary>
static class StudentCheck
{
    static readonly BudgetKind[] Costs = [BudgetKind.MaxSize, BudgetKind.MaxParameters, BudgetKind.MaxMacs, BudgetKind.MaxFlops, BudgetKind.MaxLatency];

    /// <summary>The recipe as it is run: where it says nothing of the student that the request has, it starts with one of defaults.</summary>
    /// <exception cref="RecipeException">CMP0112 something is missing; CMP0115 weights that such a student has not, or a setting that says nothing of it.</exception>
    public static Recipe Complete(Recipe recipe, CompressionRequest request)
    {
        var stage = recipe.Stages.OfType<StudentStage>().FirstOrDefault();
        if (request.Student is null)
        {
            if (stage is null) return recipe;
            throw new RecipeException(RecipeException.Incomplete, "The recipe's stage 'student' needs a student.", request.Recipe, "Set Student (--student) to an ONNX file or to auto, or leave the stage out.");
        }

        var isDerived = request.IsStudentDerived;
        if (isDerived && request.TrainingData is null)
        {
            throw new RecipeException(RecipeException.Incomplete, "A student that is derived has to be trained, and there is no training data.", request.Model, "Set TrainingData (--train).");
        }

        if (isDerived && !request.Budgets.Any(budget => Costs.Contains(budget.Kind)))
        {
            throw new RecipeException(RecipeException.Incomplete, "Nothing says how large the derived student may be.", request.Model, "Give a budget for size, parameters, MACs, FLOPs or latency, for example MaxMacs=\"10%\" (--max-macs 10%).");
        }

        if (stage is null) return recipe with { Stages = [new StudentStage(), .. recipe.Stages] };
        if (!isDerived && stage.OnlyForDerived() is { } name)
        {
            throw new RecipeException(
                RecipeException.StudentDoesNotFit,
                $"The recipe's stage 'student' has '{name}', which is about a student that is derived, and the student is the file '{request.Student}'.",
                request.Recipe,
                $"Leave '{name}' out, or let a student be derived: auto.");
        }

        if (stage.Weights is not { } weights || weights == StudentWeights.Fresh || isDerived == (weights is StudentWeights.Inherit or StudentWeights.Both)) return recipe;
        throw new RecipeException(
            RecipeException.StudentDoesNotFit,
            $"The recipe's stage 'student' has weights {PruneStageCheck.NameOf(weights)}, and {(isDerived ? "a derived student has none of its own" : "a student from a file inherits none")}.",
            request.Recipe,
            isDerived ? "Choose inherit, fresh or both." : "Choose given or fresh.");
    }
}
