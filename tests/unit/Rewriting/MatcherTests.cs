using Onnxc.IR;
using Onnxc.Rewriting;
using Onnxc.Tests.Passes;
using Xunit;
using static Onnxc.Tests.Rewriting.TestRule;

namespace Onnxc.Tests.Rewriting;

public sealed class MatcherTests
{
    readonly Model model = PassTest.NewModel();

    Graph Main => model.Main;

    static Match? Fit(OpPattern pattern, Value value) => new Matcher(pattern, true).Match(value.Producer!);

    [Fact]
    public void Binds_vars_nodes_and_constants()
    {
        var x = Main.AddInput("x");
        var c = Main.AddInitializer("c", TensorData.Floats([1, 2]));
        var relu = Main.Op("Relu", "r", [x]);
        var sum = Main.Op("Add", "y", [relu, c]);
        Var input = Any();
        var (constant, inner) = (Constant(), Op("Relu", input));
        var match = Fit(Op("Add", inner, constant), sum)!;
        Assert.Same(x, match[input]);
        Assert.Same(relu.Producer, match[inner]);
        Assert.Same(c, match[constant]);
        Assert.Equal(2, match.Constant(constant).ElementCount);
    }

    [Fact]
    public void A_repeated_var_binds_one_value()
    {
        var (x, z) = (Main.AddInput("x"), Main.AddInput("z"));
        var v = Any();
        var pattern = Op("Mul", v, v);
        Assert.NotNull(Fit(pattern, Main.Op("Mul", "a", [x, x])));
        Assert.Null(Fit(pattern, Main.Op("Mul", "b", [x, z])));
    }

    [Fact]
    public void A_repeated_node_pattern_binds_one_node()
    {
        var x = Main.AddInput("x");
        var s = Op("Sigmoid", Any());
        var pattern = Op("Mul", s, s);
        var one = Main.Op("Sigmoid", "s", [x]);
        Assert.NotNull(Fit(pattern, Main.Op("Mul", "a", [one, one])));
        Assert.Null(Fit(pattern, Main.Op("Mul", "b", [Main.Op("Sigmoid", "p", [x]), Main.Op("Sigmoid", "q", [x])])));
    }

    [Fact]
    public void Commutative_tries_both_orders_and_backtracks()
    {
        var x = Main.AddInput("x");
        var v = Any();
        // The inner order has to be revised after the outer one: x * sigmoid(x), all four ways.
        var pattern = Op("Mul", Op("Add", v, Any()).Commutative(), Op("Sigmoid", v)).Commutative();
        var z = Main.AddInput("z");
        Assert.NotNull(Fit(pattern, Main.Op("Mul", "a", [Main.Op("Add", "b", [x, z]), Main.Op("Sigmoid", "c", [x])])));
        Assert.NotNull(Fit(pattern, Main.Op("Mul", "d", [Main.Op("Sigmoid", "e", [x]), Main.Op("Add", "f", [z, x])])));
        Assert.Null(Fit(pattern, Main.Op("Mul", "g", [Main.Op("Sigmoid", "h", [x]), Main.Op("Add", "i", [z, z])])));
    }

    [Fact]
    public void Interior_nodes_are_used_inside_the_match_only()
    {
        var x = Main.AddInput("x");
        var inner = Main.Op("Neg", "t", [x]);
        var y = Main.Op("Relu", "y", [inner]);
        Assert.NotNull(Fit(Op("Relu", Op("Neg", Any())), y));
        var other = Main.Op("Abs", "z", [inner]);
        Assert.Null(Fit(Op("Relu", Op("Neg", Any())), y));
        Assert.NotNull(Fit(Op("Relu", Op("Neg", Any()).Shared()), y));
        Main.RemoveNode(other.Producer!);
        Main.AddOutput(inner);
        Assert.Null(Fit(Op("Relu", Op("Neg", Any())), y));
    }

    [Fact]
    public void A_use_in_a_nested_body_is_outside_the_match()
    {
        var x = Main.AddInput("x");
        var inner = Main.Op("Neg", "t", [x]);
        var y = Main.Op("Relu", "y", [inner]);
        Main.If("z", body => body.Op("Abs", "a", [inner]));
        Assert.Null(Fit(Op("Relu", Op("Neg", Any())), y));
    }

    [Fact]
    public void A_match_never_spans_two_graphs_but_vars_may_be_captured()
    {
        var x = Main.AddInput("x");
        var outer = Main.Op("Neg", "t", [x]);
        Main.If("z", body => body.Op("Relu", "y", [outer]));
        var root = Main.Body().Outputs[0];
        Assert.Null(Fit(Op("Relu", Op("Neg", Any()).Shared()), root));
        var v = Any();
        Assert.Same(outer, Fit(Op("Relu", v), root)![v]);
    }

    [Fact]
    public void Attributes_must_equal_and_references_never_do()
    {
        var x = Main.AddInput("x");
        var pattern = Op("Softmax", Any()).With("axis", 1);
        Assert.NotNull(Fit(pattern, Main.Op("Softmax", "a", [x], ("axis", 1))));
        Assert.Null(Fit(pattern, Main.Op("Softmax", "b", [x], ("axis", 2))));
        Assert.Null(Fit(pattern, Main.Op("Softmax", "c", [x])));
        Assert.NotNull(Fit(Op("Softmax", Any()).With("axis", 1, orAbsent: true), Main.Op("Softmax", "d", [x])));
        var reference = new ReferenceAttribute("axis", AttributeKind.Int);
        Assert.Null(Fit(Op("Softmax", Any()).With("axis", reference), Main.Op("Softmax", "e", [x], ("axis", reference))));
    }

    [Fact]
    public void Output_index_selects_the_value()
    {
        var x = Main.AddInput("x");
        var node = Main.AddNode(new OpId("", "Split"), [x], ["a", "b"]);
        var y = Main.Op("Relu", "y", [node.Outputs[1]]);
        Assert.NotNull(Fit(Op("Relu", Op("Split", Any()).Output(1)), y));
        Assert.Null(Fit(Op("Relu", Op("Split", Any())), y));
    }

    [Fact]
    public void Optional_inputs_are_given_left_out_or_too_many()
    {
        var (x, low, high) = (Main.AddInput("x"), Main.AddInput("low"), Main.AddInput("high"));
        var bound = Any();
        var pattern = Op("Clip", Any(), Missing, Optional(bound));
        Assert.Same(high, Fit(pattern, Main.Op("Clip", "a", [x, null, high]))!.Find(bound));
        Assert.Null(Fit(pattern, Main.Op("Clip", "b", [x]))!.Find(bound));
        Assert.Null(Fit(pattern, Main.Op("Clip", "c", [x, low])));
        Assert.Null(Fit(Op("Concat", Any()), Main.Op("Concat", "d", [x, low])));
        Assert.NotNull(Fit(Op("Concat", Any()).Variadic(), Main.Op("Concat", "e", [x, low])));
    }

    [Fact]
    public void One_of_binds_the_alternative_that_fits()
    {
        var x = Main.AddInput("x");
        var (neg, abs) = (Op("Neg", Any()), Op("Abs", Any()));
        var either = OneOf(neg, abs);
        var match = Fit(Op("Relu", either), Main.Op("Relu", "y", [Main.Op("Abs", "t", [x])]))!;
        Assert.Null(match.Find(neg));
        Assert.Equal("Abs", match[abs].Op.Name);
        Assert.Equal("t", match.Find((Pattern)either)!.Name);
        Assert.Throws<InvalidOperationException>(() => match[neg]);
    }

    [Fact]
    public void Domains_are_told_apart()
    {
        var x = Main.AddInput("x");
        var y = Main.AddNode(new OpId("com.microsoft", "Gelu"), [x], ["y"]).Output;
        Assert.NotNull(Fit(Op("com.microsoft:Gelu", Any()), y));
        Assert.Null(Fit(Op("Gelu", Any()), y));
    }

    [Fact]
    public void Constants_exclude_overridable_initializers()
    {
        var c = Main.AddInput("c");
        Main.SetInitializer(c, TensorData.Floats([1]));
        var d = Main.Op("Constant", "d", [], ("value_float", 1f));
        Assert.Null(Fit(Op("Relu", Constant()), Main.Op("Relu", "a", [c])));
        Assert.NotNull(Fit(Op("Relu", Constant()), Main.Op("Relu", "b", [d])));
    }

    [Fact]
    public void The_nearest_miss_is_kept()
    {
        var x = Main.AddInput("x");
        var y = Main.Op("Relu", "y", [Main.Op("Neg", "t", [Main.Op("Abs", "u", [x])])]);
        var matcher = new Matcher(Op("Relu", OneOf(Op("Sin", Any()), Op("Neg", Op("Cos", Any())))), true);
        Assert.Null(matcher.Match(y.Producer!));
        Assert.Equal(("Abs_u", "is not `Cos`", 2), (matcher.NearMiss!.Value.At.Name!, matcher.NearMiss.Value.Reason, matcher.NearMiss.Value.Depth));
    }
}
