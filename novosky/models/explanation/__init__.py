"""What the models look at: exact SHAP values of the trees that decide, permutation importance, redundancy."""
