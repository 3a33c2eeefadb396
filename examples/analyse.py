"""Analyse a run with statsmodels: the effect of a condition, with errors clustered by person."""

import statsmodels.formula.api as smf

import simulate

result = simulate.run_sync("donation", n=8, methods=["direct", "vs"], seed=1)
data = result.to_pandas("dialogues")
data = data[data["status"] == "completed"].dropna(subset=["outcome_donation_expected"])

# The same people are in both cells, so dialogues of one person are not independent.
fit = smf.ols("outcome_donation_expected ~ cell_method", data).fit(
    cov_type="cluster", cov_kwds={"groups": data["cluster"]}, use_t=True
)
print(f"{len(data)} dialogues of {data['cluster'].nunique()} people")
for name in fit.params.index:
    low, high = fit.conf_int().loc[name]
    print(f"{name:24} {fit.params[name]:8.4f}  se {fit.bse[name]:.4f}  [{low:.4f}, {high:.4f}]")
print(f"the same in R: simulate export {result.path} --tables tables")
print('Rscript examples/analyse.R tables "outcome_donation_expected ~ cell_method"')
