"""What a statement of a user may be made of: kinds of nodes of the engine's own syntax tree (DuckDB
2.0.0, ``json_serialize_sql``), functions and types. Whatever is not listed is refused."""

QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE"})
"""Nodes that are a query; a recursive common table expression is not one of them."""

SOURCES = frozenset({"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "SUBQUERY"})
"""What may stand after FROM: no table function, PIVOT or SHOW."""

MODIFIERS = frozenset({"DISTINCT_MODIFIER", "LIMIT_MODIFIER", "ORDER_MODIFIER"})
ORDERS = frozenset({"ASCENDING", "DESCENDING", "ORDER_DEFAULT"})

CLASSES = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION",
        "OPERATOR", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
"""Classes of expressions: no parameter, lambda, collation or position."""

OPERATORS = frozenset(
    {
        "!~~", "!~~*", "%", "&", "*", "**", "+", "-", "/", "//", "<<", ">>", "^", "|", "||", "~",
        "~~", "~~*", "~~~",
    }
)  # fmt: skip

AGGREGATES = frozenset(
    {
        "any_value", "approx_count_distinct", "arg_max", "arg_min", "avg", "bit_and", "bit_or",
        "bool_and", "bool_or", "corr", "count", "count_if", "count_star", "covar_pop", "covar_samp",
        "first", "kurtosis", "last", "max", "mean", "median", "min", "mode", "product",
        "quantile_cont", "quantile_disc", "regr_intercept", "regr_r2", "regr_slope", "skewness",
        "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop", "var_samp",
        "variance",
    }
)  # fmt: skip

WINDOWS = frozenset(
    {
        "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
        "percent_rank", "rank", "row_number",
    }
)  # fmt: skip

SCALARS = frozenset(
    {
        "abs", "acos", "age", "ascii", "asin", "atan", "atan2", "cbrt", "ceil", "ceiling", "chr",
        "coalesce", "concat", "concat_ws", "contains", "cos", "current_date", "date_diff",
        "date_part", "date_sub", "date_trunc", "datediff", "datepart", "datetrunc", "day", "dayname",
        "dayofmonth", "dayofweek", "dayofyear", "degrees", "ends_with", "epoch", "exp", "floor",
        "format", "get_current_timestamp", "greatest", "hour", "if", "ifnull", "instr", "isfinite",
        "isinf", "isnan", "isodow", "isoyear", "last_day", "least", "left", "length", "like_escape",
        "ln", "log", "log10", "log2", "lower", "ltrim", "make_date", "minute", "mod", "month",
        "monthname", "not_like_escape", "now", "nullif", "pi", "position", "pow", "power", "prefix",
        "quarter", "radians", "regexp_extract", "regexp_full_match", "regexp_matches",
        "regexp_replace", "replace", "reverse", "right", "round", "rtrim", "second", "sign", "sin",
        "sqrt", "starts_with", "strftime", "strip_accents", "strlen", "strpos", "strptime", "substr",
        "substring", "suffix", "tan", "to_days", "to_hours", "to_minutes", "to_months",
        "to_quarters", "to_seconds", "to_weeks", "to_years", "today", "translate", "trim", "trunc",
        "try_strptime", "upper", "week", "weekday", "weekofyear", "year", "yearweek",
    }
)  # fmt: skip
"""No function that reads settings or files, evaluates text, or makes much out of little."""

FUNCTIONS = OPERATORS | AGGREGATES | SCALARS
WINDOWED = AGGREGATES | WINDOWS

TYPES = frozenset(
    {
        "BIGINT", "BOOL", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "FLOAT4", "FLOAT8",
        "HUGEINT", "INT", "INT2", "INT4", "INT8", "INTEGER", "INTERVAL", "NUMERIC", "REAL",
        "SMALLINT", "STRING", "TEXT", "TIME", "TIMESTAMP", "TINYINT", "VARCHAR",
    }
)  # fmt: skip
"""What a value may be cast to."""
