"""runfile"""
