namespace CompressTasks.Pruning.Criteria;

/// <summary>How the diagonal of the loss's second derivative is found. The names are those of the command line and of recipes.</summary>
public enum SecondDerivative
{
    /// <summary>
    /// By Hessian-vector products (a second pass backwards through the gradient): each element of small weights by a product of its own, the
    /// others without bias by random vectors of -1 and 1 (Hutchinson 1989; Bekas et al. 2007).
    /// </summary>
    Hessian,

    /// <summary>The empirical Fisher information instead: mean of the squared gradients of single samples.</summary>
    EmpiricalFisher,
}
