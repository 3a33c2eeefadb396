"""verbalized"""
